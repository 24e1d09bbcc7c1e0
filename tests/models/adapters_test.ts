import assert from "node:assert/strict";
import fc from "fast-check";
import { retryAfterMs } from "../../src/base/retry_after.ts";
import { toAnthropicRequest } from "../../src/compartments/models/protocols/anthropic/request.ts";
import { readAnthropicStream } from "../../src/compartments/models/protocols/anthropic/stream.ts";
import { readConverseStream } from "../../src/compartments/models/protocols/bedrock/stream.ts";
import { type CallIds, callIds } from "../../src/compartments/models/protocols/call_ids.ts";
import { readGeminiStream } from "../../src/compartments/models/protocols/gemini/stream.ts";
import {
  chatDialect,
  toChatRequest,
} from "../../src/compartments/models/protocols/openai_chat/request.ts";
import { readChatStream } from "../../src/compartments/models/protocols/openai_chat/stream.ts";
import { readResponsesStream } from "../../src/compartments/models/protocols/openai_responses/stream.ts";
import { failureOfError } from "../../src/compartments/models/failure.ts";
import { ServiceError } from "../../src/compartments/models/protocols/http_call.ts";
import type { ModelEvent } from "../../src/model/conversation/model_stream.ts";
import type { Message } from "../../src/model/conversation/message.ts";
import { CALL, newIds, stream } from "./protocols/reading.ts";
import { collect, modelRequest } from "./start_thread.ts";

const NO_THINKING = { thinking: "none" } as const;

/** Calls that come out of OpenAI tool call deltas, one list a chunk. */
async function assembled(...deltas: object[][]) {
  const chunks = deltas.map((tool_calls) => ({ choices: [{ delta: { tool_calls } }] }));
  const end = { choices: [{ delta: {}, finish_reason: "stop" }] };
  const events = await collect(readChatStream(stream([...chunks, end]), CALL, newIds()));
  assert.deepEqual(events.at(-1), { type: "end", stopReason: "tool_calls" });
  return events.flatMap((event) =>
    event.type === "tool_call" ? [[event.call.id, event.call.name, event.call.arguments]] : []
  );
}

Deno.test("OpenAI calls are put together whatever a compatible service leaves out", async () => {
  const piece = (index: number, text: string) => ({ index, function: { arguments: text } });
  const whole = (name: string, args: unknown, rest: object = {}) => ({
    ...rest,
    function: { name, arguments: args },
  });
  assert.deepEqual(
    await assembled(
      [whole("a", "", { index: 0, id: "1" }), whole("b", "", { index: 1, id: "2" })],
      [piece(1, '{"y"'), piece(0, '{"x"')],
      [piece(0, ":1}"), piece(1, ":2}")],
    ),
    [["1", "a", '{"x":1}'], ["2", "b", '{"y":2}']],
    "pieces of parallel calls, interleaved",
  );
  assert.deepEqual(
    await assembled([whole("a", "{}")], [whole("b", '{"y":2}')]),
    [["new1", "a", "{}"], ["new2", "b", '{"y":2}']],
    "no index, no id, whole calls",
  );
  assert.deepEqual(
    await assembled(
      [whole("a", "{}", { index: 0, id: "1" })],
      [whole("b", "{}", { index: 0, id: "2" })],
    ),
    [["1", "a", "{}"], ["2", "b", "{}"]],
    "index 0 for all, other ids",
  );
  assert.deepEqual(
    await assembled([whole("a", "{}", { index: 0 })], [whole("a", "{}", { index: 0 })]),
    [["new1", "a", "{}"], ["new2", "a", "{}"]],
    "index 0 for all, no ids",
  );
  assert.deepEqual(
    await assembled(
      [whole("a", '{"x"', { index: 0, id: "1" })],
      [whole("a", ":1}", { index: 0, id: "1" })],
    ),
    [["1", "a", '{"x":1}']],
    "name and id repeated in every piece",
  );
  assert.deepEqual(
    await assembled([
      whole("a", { x: 1 }, { id: "same" }),
      whole("b", null, { id: "same", index: 1 }),
    ]),
    [["same", "a", '{"x":1}'], ["new1", "b", "{}"]],
    "arguments as an object, none at all, an id given twice",
  );
});

Deno.test("an id that the conversation already has is made new", () => {
  const before: Message[] = [
    { role: "assistant", text: "", toolCalls: [{ id: "call_0", name: "a", arguments: "{}" }] },
  ];
  assert.equal(callIds(before, () => "fresh").take("call_0"), "fresh");
});

Deno.test("a refusal is an end of its own, in both protocols", async () => {
  const openai = stream([
    { choices: [{ delta: { refusal: "No." } }] },
    { choices: [{ delta: {}, finish_reason: "stop" }] },
  ]);
  const anthropic = stream([
    { type: "message_delta", delta: { stop_reason: "refusal" } },
    { type: "message_stop" },
  ]);
  const end = { type: "end", stopReason: "refusal" };
  const said = await collect(readChatStream(openai, CALL, newIds()));
  assert.deepEqual(said, [{ type: "text", text: "No." }, end]);
  assert.deepEqual((await collect(readAnthropicStream(anthropic, CALL, newIds()))).at(-1), end);
});

Deno.test("kinds of Anthropic events that are not known are passed over", async () => {
  const events = await collect(readAnthropicStream(
    stream([
      { type: "ping" },
      { type: "something_new", delta: 1 },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "thinking_delta", thinking: "hm" },
      },
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
    ]),
    CALL,
    newIds(),
  ));
  assert.deepEqual(events.map((event) => event.type), ["usage", "end"]);
});

Deno.test("Anthropic: results of one answer share a message, empty text is left out", () => {
  const call = (id: string, text: string) => ({ id, name: "t", arguments: text });
  const { messages } = toAnthropicRequest(
    modelRequest({
      messages: [
        { role: "user", text: "go" },
        {
          role: "assistant",
          text: "",
          toolCalls: [call("a:0", '{"x":1}'), call("a_0", "{broken")],
        },
        { role: "tool", callId: "a:0", name: "t", ok: true, content: "one" },
        { role: "tool", callId: "a_0", name: "t", ok: false, content: "" },
        { role: "user", text: "and?" },
      ],
    }),
    NO_THINKING,
  );
  const CACHED = { cache_control: { type: "ephemeral" } };
  assert.deepEqual(messages, [
    { role: "user", content: [{ type: "text", text: "go", ...CACHED }] },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "a_0", name: "t", input: { x: 1 } },
        { type: "tool_use", id: "a_0_2", name: "t", input: {} },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "a_0", content: "one" },
        { type: "tool_result", tool_use_id: "a_0_2", is_error: true },
        { type: "text", text: "and?", ...CACHED },
      ],
    },
  ]);
});

Deno.test("Anthropic: tools and system prompt are marked for the cache, at most 4 marks", () => {
  const tool = { name: "t", description: "d", parameters: { type: "object", properties: {} } };
  const messages: Message[] = Array.from(
    { length: 6 },
    (_, n): Message =>
      n % 2 === 0
        ? { role: "user", text: `u${n}` }
        : { role: "assistant", text: `a${n}`, toolCalls: [] },
  );
  for (const system of ["be good", ""]) {
    const body = toAnthropicRequest(
      modelRequest({ system, messages, tools: [tool, tool] }),
      NO_THINKING,
    );
    const marks = JSON.stringify(body).match(/cache_control/g) ?? [];
    assert.equal(marks.length, 3);
    assert.ok(JSON.stringify(system === "" ? body.tools?.at(-1) : body.system).includes("cache"));
  }
});

Deno.test("OpenAI: raw arguments, cache key, usage and the right token field are sent", () => {
  const body = toChatRequest(
    modelRequest({
      cacheKey: "s1",
      messages: [
        { role: "user", text: "go" },
        { role: "assistant", text: "", toolCalls: [{ id: "1", name: "t", arguments: "{broken" }] },
        { role: "tool", callId: "1", name: "t", ok: false, content: "no" },
      ],
    }),
    chatDialect({ maxTokens: "max_completion_tokens" }).fields,
  );
  assert.deepEqual(body, {
    model: "test-model",
    stream: true,
    max_completion_tokens: 8192,
    stream_options: { include_usage: true },
    prompt_cache_key: "s1",
    messages: [
      { role: "system", content: "You are ward." },
      { role: "user", content: "go" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "t", arguments: "{broken" } }],
      },
      { role: "tool", tool_call_id: "1", content: "no" },
    ],
  });
  assert.equal(chatDialect({}).fields.maxTokens, "max_tokens");
});

Deno.test("property: whatever comes, a stream ends once and nothing throws", async () => {
  const kinds = ["message_start", "content_block_start", "content_block_delta", "message_delta"];
  const chunk = fc.oneof(
    fc.jsonValue(),
    fc.record({
      type: fc.constantFrom(
        ...kinds,
        "message_stop",
        "messageStop",
        "contentBlockDelta",
        "response.failed",
        "x",
      ),
      delta: fc.jsonValue(),
    }),
    fc.record({ choices: fc.array(fc.record({ delta: fc.jsonValue() })) }),
    fc.record({ candidates: fc.array(fc.record({ content: fc.jsonValue() })) }),
    fc.constant({ error: { code: 429 } }),
    fc.constant({ choices: [{ delta: { content: "t" }, finish_reason: "stop" }] }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
      const readers = [
        readAnthropicStream,
        readChatStream,
        readResponsesStream,
        readGeminiStream,
        async function* (of: AsyncIterable<unknown>, ...rest: [typeof CALL, CallIds]) {
          yield* readConverseStream(named(of), ...rest);
        },
      ];
      for (const read of readers) {
        const events = await collect(caught(read(stream(chunks), CALL, newIds())));
        const ends = events.filter(({ type }) => type === "end" || type === "failed");
        assert.equal(ends.length, 1);
        assert.equal(events.at(-1), ends[0]);
      }
    }),
    { numRuns: 200 },
  );
});

/** Events of Bedrock have their name beside the payload. */
async function* named(chunks: AsyncIterable<unknown>) {
  for await (const payload of chunks) {
    const name = (payload as { type?: unknown } | null)?.type;
    yield { name: typeof name === "string" ? name : "messageStop", payload };
  }
}

/** An error that the service sends is thrown, as the SDKs do it; it ends the call. */
async function* caught(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  try {
    yield* events;
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    const state = { aborted: false, started: true, nowMs: 0 };
    yield { type: "failed", failure: failureOfError(CALL, error, state) };
  }
}

Deno.test("Retry-After in all its forms", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  const read = (headers: Record<string, string>) =>
    retryAfterMs((name) => headers[name] ?? null, nowMs);
  assert.equal(read({ "retry-after": "8" }), 8_000);
  assert.equal(read({ "retry-after": "Thu, 01 Jan 2026 00:00:02 GMT" }), 2_000);
  assert.equal(read({ "retry-after": "Thu, 01 Jan 1970 00:00:02 GMT" }), 0);
  assert.equal(read({ "retry-after": "8", "retry-after-ms": "120" }), 120);
  assert.equal(read({ "retry-after": "soon" }), undefined);
  assert.equal(read({ "retry-after": "-5" }), undefined);
  assert.equal(read({}), undefined);
  const limit = "anthropic-ratelimit-tokens";
  const reset = { [`${limit}-reset`]: "2026-01-01T00:00:30Z" };
  assert.equal(read({ ...reset, [`${limit}-remaining`]: "0" }), 30_000);
  assert.equal(read({ ...reset, [`${limit}-remaining`]: "5" }), undefined);
});
