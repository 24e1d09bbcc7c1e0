/** What aimock cannot do, against a small service over real HTTP and the real thread. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message } from "../../src/model/conversation/message.ts";
import type { ModelEvent, ToolSpec } from "../../src/model/conversation/model_stream.ts";
import { openSse, sse, startModelService } from "../fakes/model_service.ts";
import { ask, collect, failureOf, modelRequest, startThread, textOf } from "./start_thread.ts";

const START = {
  type: "message_start",
  message: {
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 70,
      output_tokens: 1,
    },
  },
};
const textDelta = (text: string) => ({
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text },
});
const STOP = [
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
  { type: "message_stop" },
];
const chunk = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const DONE = "data: [DONE]\n\n";
const answers = {
  anthropic: () => sse(START, textDelta("ok"), ...STOP),
  openai: () => sse(chunk({ content: "ok" }), chunk({}, "stop"), DONE),
};

Deno.test("usage counts cached input as input, in both protocols", async () => {
  const usage = { inputTokens: 100, outputTokens: 9, cachedTokens: 70 };
  await using service = startModelService(({ path }) =>
    path.endsWith("/messages") ? answers.anthropic() : sse(
      chunk({ content: "ok" }),
      chunk({}, "stop"),
      {
        choices: [],
        usage: {
          prompt_tokens: 100,
          completion_tokens: 9,
          prompt_tokens_details: { cached_tokens: 70 },
          completion_tokens_details: { reasoning_tokens: 6 },
        },
      },
      DONE,
    )
  );
  for (const protocol of ["anthropic", "openai"] as const) {
    await using thread = await startThread({ protocol, baseUrl: service.url });
    const found = (await ask(thread)).find((event) => event.type === "usage");
    const more = protocol === "anthropic" ? { cacheWriteTokens: 20 } : { reasoningTokens: 6 };
    assert.deepEqual(found, { type: "usage", usage: { ...usage, ...more } }, protocol);
  }
});

Deno.test("every history arrives whole and in order, whatever the one before was, also at once", async () => {
  await using service = startModelService(() => answers.openai());
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  const pool = Array.from({ length: 12 }, (_, n): Message => ({ role: "user", text: `m${n}` }));
  const tool = (name: string): ToolSpec => ({ name, description: name, parameters: {} });
  const toolSets = [[], [tool("a")], [tool("a"), tool("b")]];
  const history = fc.record({
    messages: fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 8 }),
    // Most requests of a turn go on from the one before.
    goesOn: fc.boolean(),
    tools: fc.constantFrom(...toolSets),
    atOnce: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 6 }), async (histories) => {
      const from = service.requests.length;
      const expected: string[] = [];
      const calls: Promise<unknown>[] = [];
      let before: readonly Message[] = [];
      for (const { messages, goesOn, tools, atOnce } of histories) {
        before = goesOn ? [...before, ...messages] : messages;
        expected.push(JSON.stringify([
          before.map((message) => message.role === "user" && message.text),
          tools.map(({ name }) => name),
        ]));
        const call = ask(thread, modelRequest({ system: "", messages: before, tools }));
        calls.push(call);
        if (!atOnce) await call;
      }
      await Promise.all(calls);
      const arrived = service.requests.slice(from).map(({ body }) => {
        const { messages, tools = [] } = JSON.parse(body);
        return JSON.stringify([
          messages.map(({ content }: { content: string }) => content),
          tools.map((one: { function: { name: string } }) => one.function.name),
        ]);
      });
      // Calls at once may overtake each other on the way to the service, never in the thread.
      assert.deepEqual(arrived.sort(), expected.sort());
    }),
    { numRuns: 40 },
  );
});

Deno.test("a stream without its end mark is cut, one with broken JSON is malformed", async () => {
  const broken = 'event: content_block_delta\ndata: {"type":"content_blo\n\n';
  const cases = {
    "anthropic cut": sse(START, textDelta("half")),
    "anthropic malformed": sse(START, broken),
    "anthropic wrong form": sse(START, { type: "content_block_delta", delta: 5 }),
    "openai cut": sse(chunk({ content: "half" }), DONE),
    "openai malformed": sse(chunk({ content: "half" }), 'data: {"choi\n\n'),
    "openai wrong form": sse({ choices: "none" }),
  };
  for (const [name, response] of Object.entries(cases)) {
    await using service = startModelService(() => response);
    const protocol = name.startsWith("anthropic") ? "anthropic" : "openai";
    await using thread = await startThread({ protocol, baseUrl: service.url });
    const code = name.endsWith("cut") ? "model.cut" : "model.malformed";
    assert.equal(failureOf(await ask(thread)).code, code, name);
  }
});

Deno.test("an error event inside a stream keeps its cause", async () => {
  await using service = startModelService(({ path }) =>
    path.endsWith("/messages")
      ? sse(START, { type: "error", error: { type: "overloaded_error", message: "busy" } })
      : sse(chunk({ content: "x" }), { error: { code: "rate_limit_exceeded", message: "slow" } })
  );
  for (
    const [protocol, code] of [
      ["anthropic", "model.unavailable"],
      ["openai", "model.rate_limited"],
    ] as const
  ) {
    await using thread = await startThread({ protocol, baseUrl: service.url });
    assert.equal(failureOf(await ask(thread)).code, code);
  }
});

Deno.test("a prompt that is too long and a spent quota are told from other refusals", async () => {
  const refusals: [number, object, string][] = [
    [400, { error: { code: "context_length_exceeded", message: "m" } }, "model.context_overflow"],
    [
      400,
      { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 9" } },
      "model.context_overflow",
    ],
    [429, { error: { code: "insufficient_quota", message: "m" } }, "model.no_credit"],
    [400, { error: { code: "invalid_value", message: "temperature" } }, "model.rejected"],
  ];
  for (const [status, body, code] of refusals) {
    await using service = startModelService(() => Response.json(body, { status }));
    for (const protocol of ["anthropic", "openai"] as const) {
      await using thread = await startThread({ protocol, baseUrl: service.url });
      const failure = failureOf(await ask(thread));
      assert.equal(failure.code, code, `${protocol} ${JSON.stringify(body)}`);
    }
  }
});

Deno.test("a compatible service that refuses a field is asked again without it, once", async () => {
  await using service = startModelService(({ body }) => {
    for (const name of ["stream_options", "prompt_cache_key", "max_tokens"]) {
      if (JSON.parse(body)[name] === undefined) continue;
      return Response.json({ error: { message: `property '${name}' is unsupported` } }, {
        status: 400,
      });
    }
    return answers.openai();
  });
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  const request = modelRequest({ cacheKey: "session-1" });
  assert.equal(textOf(await ask(thread, request)), "ok");
  assert.equal(service.requests.length, 4);
  assert.equal(textOf(await ask(thread, request)), "ok");
  assert.equal(service.requests.length, 5, "it remembers what the service refuses");
});

Deno.test("aborting a call ends its HTTP request", async () => {
  for (const protocol of ["anthropic", "openai"] as const) {
    const cancelled = Promise.withResolvers<void>();
    const first = protocol === "anthropic"
      ? [START, textDelta("first")]
      : [chunk({ content: "first" })];
    await using service = startModelService(() => openSse(first, () => cancelled.resolve()));
    await using thread = await startThread({ protocol, baseUrl: service.url });
    const stop = new AbortController();
    const events: ModelEvent[] = [];
    for await (const event of thread.client.stream(modelRequest(), { signal: stop.signal })) {
      events.push(event);
      if (event.type === "text") stop.abort();
    }
    assert.equal(failureOf(events).code, "model.cancelled");
    await cancelled.promise;
  }
});

Deno.test("a consumer that stops iterating ends the HTTP request", async () => {
  const cancelled = Promise.withResolvers<void>();
  const first = [chunk({ content: "first" })];
  await using service = startModelService(() => openSse(first, () => cancelled.resolve()));
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  const { signal } = new AbortController();
  for await (const _ of thread.client.stream(modelRequest(), { signal })) break;
  await cancelled.promise;
});

Deno.test("a thread that dies in a stream ends it as unavailable", async () => {
  await using service = startModelService(() => openSse([chunk({ content: "first" })], () => {}));
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  const { signal } = new AbortController();
  const events: ModelEvent[] = [];
  for await (const event of thread.client.stream(modelRequest(), { signal })) {
    events.push(event);
    if (event.type === "text") thread.crash();
  }
  assert.equal(failureOf(events).code, "model.unavailable");
  const later = await collect(thread.client.stream(modelRequest(), { signal }));
  assert.equal(failureOf(later).code, "model.unavailable");
});

Deno.test("after freshConnection the next request comes over another connection", async () => {
  await using service = startModelService(() => Response.json({ models: [{ name: "m" }] }));
  await using thread = await startThread({ protocol: "ollama", baseUrl: service.url });
  const models = async () =>
    (await thread.client.models({ signal: new AbortController().signal })).map(({ id }) => id);
  assert.deepEqual(await models(), ["m"]);
  await models();
  await thread.client.freshConnection();
  await models();
  const [first, second, third] = service.requests.map((request) => request.fromPort);
  assert.equal(second, first, "control: connections are pooled");
  assert.notEqual(third, first);
});

Deno.test("Ollama lists by its own address and calls by the compatible one, without a key", async () => {
  await using service = startModelService(({ path }) =>
    path === "/api/tags" ? Response.json({ models: [{ name: "qwen3:8b" }] }) : answers.openai()
  );
  await using thread = await startThread({
    protocol: "ollama",
    baseUrl: service.url,
    apiKey: null,
    keySource: null,
  });
  const { signal } = new AbortController();
  const listed = await thread.client.models({ signal, timeoutMs: 300 });
  assert.deepEqual(listed.map(({ id }) => id), ["qwen3:8b"]);
  assert.equal(textOf(await ask(thread)), "ok");
  assert.deepEqual(service.requests.map((request) => request.path), [
    "/api/tags",
    "/v1/chat/completions",
  ]);
  assert.ok(service.requests.every((request) => request.headers.get("authorization") === null));
});

Deno.test("a probe of a port where something else or nothing answers fails clearly", async () => {
  const { signal } = new AbortController();
  await using other = startModelService(() => new Response("<html>router</html>"));
  await using thread = await startThread({ protocol: "ollama", baseUrl: other.url });
  await assert.rejects(thread.client.models({ signal }), { code: "model.malformed" });
  const gone = startModelService(() => new Response());
  await gone[Symbol.asyncDispose]();
  await using lonely = await startThread({ protocol: "ollama", baseUrl: gone.url });
  await assert.rejects(lonely.client.models({ signal }), { code: "model.unreachable" });
  const never = Promise.withResolvers<Response>();
  await using silent = startModelService(() => never.promise);
  await using waiting = await startThread({
    protocol: "ollama",
    baseUrl: silent.url,
    apiKey: null,
  });
  await assert.rejects(waiting.client.models({ signal, timeoutMs: 20 }), { code: "model.timeout" });
  never.resolve(new Response());
});
