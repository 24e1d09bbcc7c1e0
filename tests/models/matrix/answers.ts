/** How answers are read. */
import assert from "node:assert/strict";
import type { UsageRow } from "../../../src/model/conversation/usage.ts";
import { costOf } from "../../../src/kernel/models/prices/cost.ts";
import { textOf } from "../start_thread.ts";
import { type Behaviour, CALLS, callsOf, HISTORY, stops, TOOLS, usageOf } from "./behaviour.ts";

/** Text, calls, ends and usage. */
export const ANSWERS: readonly Behaviour[] = [
  {
    name: "text comes in pieces",
    async run(desk) {
      desk.will({ text: ["Hi ", "there", " 🦀é"], noise: true });
      const events = await desk.ask();
      assert.equal(textOf(events), "Hi there 🦀é");
      assert.equal(events.filter(({ type }) => type === "text").length, 3);
      stops(events, "end");
    },
  },
  {
    name: "text split within a character stays whole",
    async run(desk) {
      desk.will(() => {
        const { type, chunks } = desk.speaker.answer({ text: ["aé🦀z"] });
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const byte of chunks.flatMap((chunk) => [...chunk])) {
              controller.enqueue(Uint8Array.of(byte));
            }
            controller.close();
          },
        });
        return new Response(body, { headers: { "content-type": type } });
      });
      assert.equal(textOf(await desk.ask()), "aé🦀z");
    },
  },
  {
    name: "a call with arguments in pieces",
    async run(desk) {
      desk.will({ calls: CALLS.slice(0, 1), stop: "calls" });
      const events = await desk.ask({ tools: TOOLS });
      assert.deepEqual(callsOf(events), [
        { id: "call_a", name: "read_file", arguments: '{"path":"a.md"}' },
      ]);
      stops(events, "tool_calls");
    },
  },
  {
    name: "parallel calls after text",
    async run(desk) {
      desk.will({ text: ["Looking."], calls: CALLS, stop: "calls" });
      const events = await desk.ask({ tools: TOOLS });
      assert.equal(textOf(events), "Looking.");
      assert.deepEqual(callsOf(events).map(({ id, name }) => [id, name]), [
        ["call_a", "read_file"],
        ["call_b", "list_files"],
      ]);
    },
  },
  {
    name: "a call without arguments is one of an empty object",
    async run(desk) {
      desk.will({ calls: [{ id: "c", name: "list_files", args: [] }], stop: "calls" });
      assert.equal(callsOf(await desk.ask())[0]?.arguments, "{}");
    },
  },
  {
    name: "an id the conversation has is made new",
    async run(desk) {
      desk.will({ calls: [{ ...CALLS[1]!, id: "one:1" }], stop: "calls" });
      const [call] = callsOf(await desk.ask({ messages: HISTORY }));
      assert.ok(call && call.id !== "one:1" && call.id !== "");
    },
  },
  {
    name: "a call cut by the token limit stays broken",
    not: { gemini: "sends calls whole" },
    async run(desk) {
      desk.will({ calls: [{ id: "c", name: "write", args: ['{"path":"a'] }], stop: "length" });
      const events = await desk.ask();
      assert.equal(callsOf(events)[0]?.arguments, '{"path":"a');
      stops(events, "max_tokens");
    },
  },
  {
    name: "the token limit ends as such",
    async run(desk) {
      desk.will({ text: ["half"], stop: "length" });
      stops(await desk.ask(), "max_tokens");
    },
  },
  {
    name: "a refusal of the model ends as such",
    async run(desk) {
      desk.will({ text: ["I"], stop: "refusal" });
      stops(await desk.ask(), "refusal");
    },
  },
  {
    name: "an end of another kind is not taken for a whole answer",
    async run(desk) {
      desk.will({ text: ["x"], stop: "odd" });
      stops(await desk.ask(), "other");
    },
  },
  {
    name: "usage: cached input is part of the input",
    async run(desk) {
      desk.will({ text: ["x"], usage: { input: 1000, output: 20, cached: 600 } });
      const usage = usageOf(await desk.ask());
      assert.deepEqual([usage?.inputTokens, usage?.outputTokens, usage?.cachedTokens], [
        1000,
        20,
        600,
      ]);
    },
  },
  {
    name: "usage: reasoning is part of the output, and told",
    not: { bedrock: "does not count reasoning apart" },
    async run(desk) {
      desk.will({ text: ["x"], usage: { input: 10, output: 50, cached: 0, reasoning: 30 } });
      const usage = usageOf(await desk.ask());
      assert.deepEqual([usage?.outputTokens, usage?.reasoningTokens], [50, 30]);
    },
  },
  {
    name: "cost follows from the usage and a price, unknown without one",
    async run(desk) {
      desk.will({ text: ["x"], usage: { input: 1_000_000, output: 100_000, cached: 400_000 } });
      const usage = usageOf(await desk.ask());
      assert.ok(usage);
      const { inputTokens, outputTokens, cachedTokens } = usage;
      const row: UsageRow = {
        ...{ id: 1, sessionId: "s", turnId: 1, provider: "p", model: "m", ms: 1, atMs: 0 },
        ...{ inputTokens, outputTokens, cachedTokens },
        purpose: "answer",
        cacheWriteTokens: null,
        reasoningTokens: null,
      };
      const price = {
        provider: "p",
        model: "m",
        input: 2,
        cached: 0.5,
        cacheWrite: 3,
        output: 10,
        asOf: "2026-01-01",
        source: "a test",
      };
      assert.equal(costOf(row, [price]), 0.6 * 2 + 0.4 * 0.5 + 0.1 * 10);
      assert.equal(costOf(row, []), null);
    },
  },
];
