import assert from "node:assert/strict";
import { LLMock } from "@copilotkit/aimock";
import { ask, failureOf, modelRequest, startThread, textOf } from "./start_thread.ts";
import { PROTOCOL_FACTS } from "../../src/kernel/models/providers/support_table.ts";
import type { Message } from "../../src/model/conversation/message.ts";

const TEXT = "Hi there, friend! This answer comes in several pieces.";

async function startMock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 7 });
  mock.onMessage("greet", { content: TEXT });
  mock.onMessage("both", {
    content: "Looking.",
    toolCalls: [
      { id: "call_a", name: "read_file", arguments: '{"path":"a.md"}' },
      { id: "call_b", name: "list_files", arguments: "{}" },
    ],
  });
  mock.on({ userMessage: "cut" }, { content: TEXT }, { truncateAfterChunks: 4, latency: 5 });
  mock.on({ userMessage: "gone" }, { content: TEXT }, { chaos: { disconnectRate: 1 } });
  mock.on({ userMessage: "mangled" }, { content: TEXT }, { chaos: { malformedRate: 1 } });
  const failing = (name: string, status: number, type: string, retryAfter?: number) =>
    mock.on({ userMessage: name }, {
      error: { message: `echo of ${name}: a secret prompt`, type },
      status,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  failing("limited", 429, "rate_limit_error", 7);
  failing("broken", 500, "api_error");
  failing("overloaded", 529, "overloaded_error");
  failing("refused", 401, "authentication_error");
  failing("missing", 404, "not_found_error");
  failing("broke", 402, "billing_error");
  await mock.start();
  return mock;
}

const PROTOCOLS = [
  "anthropic",
  "openai",
  "openai_responses",
  "azure",
  "gemini",
  "bedrock",
] as const;

for (const protocol of PROTOCOLS) {
  Deno.test(`aimock, ${protocol}: streams, calls in parallel and fails as told`, async (t) => {
    const mock = await startMock();
    const baseUrl = protocol.startsWith("openai") ? `${mock.url}/v1` : mock.url;
    await using thread = await startThread({ protocol, baseUrl });
    const say = (text: string) => ask(thread, modelRequest({ messages: [{ role: "user", text }] }));

    await t.step("text comes in pieces and ends with usage and end", async () => {
      const events = await say("greet");
      assert.equal(textOf(events), TEXT);
      assert.ok(events.filter((event) => event.type === "text").length > 3);
      assert.deepEqual(events.slice(-2).map((event) => event.type), ["usage", "end"]);
      assert.deepEqual(events.at(-1), { type: "end", stopReason: "end" });
    });

    await t.step("parallel calls keep their ids, names and arguments", async () => {
      const events = await say("both");
      assert.deepEqual(
        events.flatMap((event) => event.type === "tool_call" ? [event.call] : []),
        [
          { id: "call_a", name: "read_file", arguments: '{"path":"a.md"}' },
          { id: "call_b", name: "list_files", arguments: "{}" },
        ],
      );
      assert.deepEqual(events.at(-1), { type: "end", stopReason: "tool_calls" });
    });

    await t.step("results of calls go back in the protocol's form", async () => {
      const messages: Message[] = [
        { role: "user", text: "greet" },
        {
          role: "assistant",
          text: "",
          toolCalls: [{ id: "c1", name: "read_file", arguments: "{broken" }],
        },
        { role: "tool", callId: "c1", name: "read_file", ok: false, content: "not JSON" },
      ];
      assert.equal(textOf(await ask(thread, modelRequest({ messages }))), TEXT);
    });

    await t.step("a stream cut in the middle is never an end", async () => {
      for (const fault of ["cut", "gone"]) {
        const events = await say(fault);
        assert.equal(failureOf(events).code, "model.cut", fault);
        assert.ok(!events.some((event) => event.type === "end"), fault);
      }
    });

    await t.step("an answer of another form is malformed", async () => {
      assert.equal(failureOf(await say("mangled")).code, "model.malformed");
    });

    await t.step("HTTP errors become codes, without the body", async () => {
      const expected = {
        limited: "model.rate_limited",
        broken: "model.unavailable",
        overloaded: "model.unavailable",
        refused: "model.unauthorized",
        missing: "model.not_found",
        broke: "model.no_credit",
      };
      for (const [name, code] of Object.entries(expected)) {
        const failure = failureOf(await say(name));
        assert.equal(failure.code, code, name);
        assert.ok(!JSON.stringify(failure).includes("secret prompt"), name);
        assert.ok(failure.hint, name);
      }
      assert.equal(failureOf(await say("limited")).retryAfterMs, 7_000);
      assert.match(failureOf(await say("refused")).hint ?? "", /variable TEST_API_KEY/);
    });

    // The mock has no list of Gemini.
    const hasList = PROTOCOL_FACTS[protocol].lists && protocol !== "gemini";
    if (hasList) {
      await t.step("lists models", async () => {
        const models = await thread.client.models({ signal: new AbortController().signal });
        assert.ok(models.some(({ id }) => id === "gpt-4o"));
      });
    }
    await mock.stop();
  });
}
