/** What every adapter has to do, as one list; a protocol that has no such thing says so. */
import assert from "node:assert/strict";
import type { ImagePart, Message } from "../../../src/model/conversation/message.ts";
import type {
  ModelEvent,
  ModelFailureCode,
  ToolSpec,
} from "../../../src/model/conversation/model_stream.ts";
import { SERVICE_PROTOCOLS, type ServiceProtocol } from "../../../src/model/settings.ts";
import type { UsageRow } from "../../../src/model/conversation/usage.ts";
import { costOf } from "../../../src/kernel/models/prices/cost.ts";
import type { Refusal } from "../../fakes/services/speaker.ts";
import { failureOf, KEY, textOf } from "../start_thread.ts";
import { type Desk, ECHO, streamed } from "./desk.ts";

/** One behaviour. */
export interface Behaviour {
  readonly name: string;
  /** Protocols that have no such thing, and why. */
  readonly not?: Readonly<Partial<Record<ServiceProtocol, string>>> | undefined;
  run(desk: Desk): Promise<void>;
}

const CALLS = [
  { id: "call_a", name: "read_file", args: ['{"path"', ':"a.md"}'] },
  { id: "call_b", name: "list_files", args: ["{}"] },
];

const IMAGE: ImagePart = { mediaType: "image/png", data: "iVBORw0KGgo=" };

const TOOLS: ToolSpec[] = ["read_file", "list_files"].map((name) => ({
  name,
  description: `does ${name}`,
  parameters: { type: "object", properties: { path: { type: "string" } } },
}));

const HISTORY: Message[] = [
  { role: "user", text: "go" },
  {
    role: "assistant",
    text: "Looking.",
    toolCalls: [
      { id: "one:1", name: "read_file", arguments: '{"path":"a.md"}' },
      { id: "one:2", name: "list_files", arguments: "{}" },
    ],
  },
  { role: "tool", callId: "one:1", name: "read_file", ok: true, content: "content of a" },
  { role: "tool", callId: "one:2", name: "list_files", ok: false, content: "failed: denied" },
];

const user = (text: string, images?: ImagePart[]): Message => ({
  role: "user",
  text,
  ...(images ? { images } : {}),
});

const callsOf = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => event.type === "tool_call" ? [event.call] : []);

const usageOf = (events: readonly ModelEvent[]) =>
  events.find((event) => event.type === "usage")?.usage;

const stops = (events: readonly ModelEvent[], stopReason: string) =>
  assert.deepEqual(events.at(-1), { type: "end", stopReason });

/** The service's own words for an error become one class, and nothing of them comes out. */
function fails(refuse: Refusal, code: ModelFailureCode): Behaviour["run"] {
  return async (desk) => {
    desk.will({ refuse });
    const failure = failureOf(await desk.ask());
    assert.equal(failure.code, code);
    assert.ok(!JSON.stringify(failure).includes(ECHO), "the body is not copied");
    assert.ok(!JSON.stringify(failure).includes(KEY));
  };
}

/** Reasoning of an answer with calls, in the next request of the same model and of no other. */
async function goesBack(desk: Desk): Promise<void> {
  desk.will({ sealed: "sig-1", calls: CALLS, stop: "calls" });
  const events = await desk.ask();
  const reasoning = events.find((event) => event.type === "reasoning")?.reasoning;
  assert.ok(reasoning);
  const toolCalls = callsOf(events);
  const messages: Message[] = [
    user("go"),
    { role: "assistant", text: textOf(events), toolCalls, reasoning },
    ...toolCalls.map(({ id, name }): Message => ({
      ...{ role: "tool", ok: true, content: "x" },
      callId: id,
      name,
    })),
  ];
  desk.will({ text: ["ok"] });
  await desk.ask({ messages });
  assert.deepEqual(desk.said().sealed, ["sig-1 tool_use"]);
  await desk.ask({ messages, model: `${desk.speaker.model}-other` });
  assert.deepEqual(desk.said().sealed, [], "no other model is sent it");
}

/** Chat completions, by whatever name. */
const CHAT = ["openai", "azure", "ollama"] as const;

const CHAT_AND_RESPONSES = [...CHAT, "openai_responses"] as const;

/** They keep prompts by what these begin with. */
const UNASKED: readonly ServiceProtocol[] = ["gemini", "ollama"];

/** Protocols that lack a thing for one reason. */
function of(protocols: readonly ServiceProtocol[], reason: string): Behaviour["not"] {
  return Object.fromEntries(protocols.map((protocol) => [protocol, reason]));
}

/** All behaviours; names are the rows of the matrix. */
export const BEHAVIOURS: readonly Behaviour[] = [
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
    name: "tools, system prompt and output limit are sent",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, maxOutputTokens: 4321 });
      const { tools, system, maxTokens } = desk.said();
      assert.deepEqual([tools, system, maxTokens], [
        ["read_file", "list_files"],
        "You are ward.",
        4321,
      ]);
    },
  },
  {
    name: "calls and their results go back",
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      const { calls, results, texts } = desk.said();
      assert.deepEqual(calls, [
        { name: "read_file", args: { path: "a.md" } },
        { name: "list_files", args: {} },
      ]);
      assert.deepEqual(results.map(({ content }) => content), ["content of a", "failed: denied"]);
      assert.deepEqual(texts, ["go", "Looking."]);
    },
  },
  {
    name: "a result that failed is marked so",
    not: of(CHAT_AND_RESPONSES, "has no mark for it; the text of the result says it"),
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      assert.deepEqual(desk.said().results.map(({ failed }) => failed), [false, true]);
    },
  },
  {
    name: "all results of one answer stand in one message",
    not: of(CHAT_AND_RESPONSES, "has a message for each"),
    async run(desk) {
      await desk.ask({ messages: HISTORY });
      assert.equal(desk.said().resultMessages, 1);
    },
  },
  {
    name: "images go in, with their type",
    async run(desk) {
      const jpeg: ImagePart = { mediaType: "image/jpeg", data: "/9j/4AAQ" };
      await desk.ask({ messages: [user("what is this?", [IMAGE, jpeg])] });
      assert.deepEqual(desk.said().images, [IMAGE, jpeg]);
      assert.deepEqual(desk.said().texts, ["what is this?"]);
    },
  },
  {
    name: "a service without images gets a note instead",
    async run(desk) {
      await using blind = await desk.other({ images: false });
      await blind.ask({ messages: [user("what is this?", [IMAGE])] });
      assert.deepEqual(blind.said().images, []);
      assert.match(blind.said().texts[0] ?? "", /An image was shown here, which you cannot see/);
    },
  },
  {
    name: "an effort is sent, none where none is wished",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask();
      assert.equal(desk.said().effort, null);
      await desk.ask({ reasoningEffort: "high" });
      assert.equal(desk.said().effort, "high");
    },
  },
  {
    name: "a refused effort is left out, once and for all",
    async run(desk) {
      await using other = await desk.other({});
      const refuse = () => {
        const { status, body } = desk.speaker.refusal("effort", "");
        return Response.json(body, { status });
      };
      other.will((seen) =>
        /effort|thinking/i.test(seen.body) ? refuse() : streamed(desk.speaker, { text: ["ok"] })
      );
      assert.equal(textOf(await other.ask({ reasoningEffort: "low" })), "ok");
      const tries = other.requests.length;
      assert.equal(textOf(await other.ask({ reasoningEffort: "low" })), "ok");
      assert.equal(other.requests.length, tries + 1, "it remembers what is refused");
    },
  },
  {
    name: "sealed reasoning goes back where it stood",
    not: of(CHAT, "keeps none unless a service has a field for it"),
    run: goesBack,
  },
  {
    name: "reasoning goes back in the field that a service has for it",
    not: of(["anthropic", "openai_responses", "gemini", "bedrock"], "has it in its own form"),
    async run(desk) {
      await using kept = await desk.other({ reasoningBack: "reasoning_details" });
      await goesBack(kept);
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
  {
    name: "a cut stream is never an end, and yields no call",
    async run(desk) {
      desk.will({ text: ["half"], calls: CALLS, fault: "cut" });
      const events = await desk.ask();
      assert.equal(failureOf(events).code, "model.cut");
      assert.deepEqual(callsOf(events), []);
    },
  },
  {
    name: "a malformed chunk is malformed",
    async run(desk) {
      desk.will({ text: ["half"], fault: "malformed" });
      assert.equal(failureOf(await desk.ask()).code, "model.malformed");
    },
  },
  {
    name: "an error inside the stream keeps its class",
    async run(desk) {
      desk.will({ fault: "overloaded" });
      assert.equal(failureOf(await desk.ask()).code, "model.unavailable");
    },
  },
  {
    name: "a page instead of a stream is malformed",
    async run(desk) {
      desk.will(() =>
        new Response("<html>router</html>", { headers: { "content-type": "text/html" } })
      );
      assert.equal(failureOf(await desk.ask()).code, "model.malformed");
    },
  },
  { name: "error: the key", run: fails("key", "model.unauthorized") },
  {
    name: "error: rate limit, with the time to wait",
    async run(desk) {
      desk.will({ refuse: "rate" });
      const { code, retryAfterMs } = failureOf(await desk.ask());
      assert.deepEqual([code, retryAfterMs], ["model.rate_limited", 7_000]);
    },
  },
  {
    name: "error: a limit of tokens per minute is no overflow",
    run: fails("tokens_rate", "model.rate_limited"),
  },
  { name: "error: the prompt is too long", run: fails("overflow", "model.context_overflow") },
  { name: "error: no such model", run: fails("missing", "model.not_found") },
  { name: "error: overloaded", run: fails("busy", "model.unavailable") },
  { name: "error: the service is broken", run: fails("server", "model.unavailable") },
  { name: "error: no credit", run: fails("credit", "model.no_credit") },
  { name: "error: another refusal of the request", run: fails("other", "model.rejected") },
  {
    name: "a redirect is not followed with the key",
    async run(desk) {
      const before = desk.requests.length;
      desk.will(() =>
        new Response(null, { status: 307, headers: { location: `${desk.baseUrl}/elsewhere` } })
      );
      assert.equal(failureOf(await desk.ask()).code, "model.rejected");
      assert.equal(desk.requests.length, before + 1);
    },
  },
  {
    name: "stopping ends the request",
    async run(desk) {
      const cancelled = Promise.withResolvers<void>();
      desk.will(() => {
        const { type, chunks } = desk.speaker.answer({ text: ["first"], fault: "cut" });
        const whole = chunks.slice(0, desk.speaker.protocol === "bedrock" ? -1 : undefined);
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => whole.forEach((chunk) => controller.enqueue(chunk)),
          cancel: () => cancelled.resolve(),
        });
        return new Response(body, { headers: { "content-type": type } });
      });
      const stop = new AbortController();
      const events: ModelEvent[] = [];
      const request = { model: desk.speaker.model, system: "", tools: [], maxOutputTokens: 9 };
      const stream = desk.thread.client.stream(
        { ...request, messages: [user("go")] },
        { signal: stop.signal },
      );
      for await (const event of stream) {
        events.push(event);
        if (event.type === "text") stop.abort();
      }
      assert.equal(failureOf(events).code, "model.cancelled");
      await cancelled.promise;
    },
  },
  {
    name: "the prompt cache is asked for where the service wants it",
    not: of(UNASKED, "caches unasked"),
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, cacheKey: "session-1" });
      const { cache } = desk.said();
      const isMarked = ["anthropic", "bedrock"].includes(desk.speaker.protocol);
      assert.equal(cache, isMarked ? "marks" : "session-1");
    },
  },
  {
    name: "no word about the cache where the service caches unasked",
    not: of(SERVICE_PROTOCOLS.filter((one) => !UNASKED.includes(one)), "is asked for it"),
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ tools: TOOLS, cacheKey: "session-1" });
      assert.ok(!desk.requests.at(-1)!.body.includes("session-1"));
    },
  },
  {
    name: "the fixed part is the same, byte by byte, from turn to turn",
    async run(desk) {
      desk.will({ text: ["ok"] });
      const common = { tools: TOOLS, cacheKey: "s", reasoningEffort: "low" } as const;
      await desk.ask({ ...common, messages: [user("go")] });
      const first = desk.requests.at(-1)!.body;
      const { fixed } = desk.said();
      await desk.ask({ ...common, tools: structuredClone(TOOLS), messages: HISTORY });
      assert.equal(desk.said().fixed, fixed);
      const second = desk.requests.at(-1)!.body;
      // What was said first stands in both at the same place; after it only new things follow.
      const at = [...first].findIndex((character, index) => character !== second[index]);
      assert.ok(at > fixed.length / 2, `they differ from character ${at} on`);
    },
  },
  {
    name: "the key is in its header and nowhere else",
    not: { ollama: "takes no key" },
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask({ messages: HISTORY });
      const seen = desk.requests.at(-1)!;
      assert.equal(desk.said().key, KEY);
      const holders = [...seen.headers].filter(([, value]) => value.includes(KEY));
      assert.equal(holders.length, 1);
      assert.ok(!seen.body.includes(KEY) && !seen.path.includes(KEY));
    },
  },
  {
    name: "models are listed",
    not: of(["azure", "bedrock"], "lists nothing that can be named"),
    async run(desk) {
      desk.will(() => Response.json(desk.speaker.list(["one", "two"])));
      const models = await desk.thread.client.models({ signal: new AbortController().signal });
      assert.deepEqual(models.map(({ id }) => id), ["one", "two"]);
    },
  },
  {
    name: "after freshConnection the next request comes over another connection",
    async run(desk) {
      desk.will({ text: ["ok"] });
      await desk.ask();
      await desk.ask();
      await desk.thread.client.freshConnection();
      await desk.ask();
      const [first, second, third] = desk.requests.slice(-3).map(({ fromPort }) => fromPort);
      assert.equal(second, first, "control: connections are pooled");
      assert.notEqual(third, second);
    },
  },
];
