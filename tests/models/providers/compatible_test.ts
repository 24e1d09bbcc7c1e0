/** What single services differ in, by the rows of the table. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readEventStream } from "../../../src/compartments/models/protocols/bedrock/event_stream.ts";
import {
  geminiDialect,
  toGeminiRequest,
} from "../../../src/compartments/models/protocols/gemini/request.ts";
import { azureAddresses } from "../../../src/compartments/models/protocols/openai_chat/azure.ts";
import {
  chatDialect,
  toChatRequest,
} from "../../../src/compartments/models/protocols/openai_chat/request.ts";
import { readChatStream } from "../../../src/compartments/models/protocols/openai_chat/stream.ts";
import { PROTOCOL_FACTS } from "../../../src/kernel/models/providers/support_table.ts";
import { SERVICE_PROTOCOLS } from "../../../src/model/settings.ts";
import { KNOWN_PROVIDERS } from "../../../src/kernel/models/providers/provider_table.ts";
import type { Message } from "../../../src/model/conversation/message.ts";
import type { ModelRequest } from "../../../src/model/conversation/model_stream.ts";
import { message as awsMessage } from "../../fakes/services/bedrock.ts";
import { anthropicSpeaker } from "../../fakes/services/anthropic.ts";
import { chatSpeaker } from "../../fakes/services/chat.ts";
import { sse, startModelService } from "../../fakes/model_service.ts";
import { streamed } from "../matrix/desk.ts";
import { CALL, newIds, stream } from "../protocols/reading.ts";
import {
  ask,
  collect,
  failureOf,
  KEY,
  modelRequest,
  startThread,
  textOf,
} from "../start_thread.ts";

const traitsOf = (name: string) => KNOWN_PROVIDERS.find((one) => one.name === name)!.traits;

/** The body that a known service is sent. */
// deno-lint-ignore no-explicit-any -- a body of JSON
function bodyFor(name: string, parts: Partial<ModelRequest>): any {
  const traits = traitsOf(name);
  return toChatRequest(modelRequest(parts), chatDialect(traits).fields, traits);
}

const call = (id: string) => ({ id, name: "read", arguments: "{}" });

Deno.test("Mistral gets ids of nine letters and digits, one to one, also for those of others", () => {
  const ids = ["abcDEF123", "toolu_01AbCdEfGhIj", "x_01AbCdEfGhIj", "c:1"];
  const messages = ids.flatMap((id): Message[] => [
    { role: "assistant", text: "", toolCalls: [call(id)] },
    { role: "tool", callId: id, name: "read", ok: true, content: id },
  ]);
  const sent = bodyFor("mistral", { messages }).messages.slice(1);
  // deno-lint-ignore no-explicit-any -- messages of the protocol
  const given = sent.flatMap((one: any) => one.tool_calls?.[0].id ?? []);
  // deno-lint-ignore no-explicit-any -- messages of the protocol
  const answered = sent.flatMap((one: any) => one.tool_call_id ?? []);
  assert.deepEqual(given, answered);
  assert.equal(new Set(given).size, ids.length);
  for (const id of given) assert.match(id, /^[a-zA-Z0-9]{9}$/);
  assert.equal(given[0], ids[0]);
});

Deno.test("OpenRouter gets the effort as an object, and cache marks for Claude alone", () => {
  const of = (model: string) => bodyFor("openrouter", { model, reasoningEffort: "low" });
  assert.deepEqual(of("x/y").reasoning, { effort: "low" });
  assert.equal(of("x/y").reasoning_effort, undefined);
  const marks = (model: string) => JSON.stringify(of(model)).match(/cache_control/g)?.length ?? 0;
  assert.deepEqual([marks("anthropic/claude-sonnet-5-5"), marks("openai/gpt-5.1")], [2, 0]);
});

Deno.test("DeepSeek gets its reasoning back within a chain of calls, and not in a later turn", () => {
  const thought: Message = {
    role: "assistant",
    text: "",
    toolCalls: [call("c1")],
    reasoning: { by: "deepseek/m", parts: [{ reasoning_content: "hm" }] },
  };
  const result: Message = { role: "tool", callId: "c1", name: "read", ok: true, content: "x" };
  const go: Message = { role: "user", text: "go" };
  const sent = (messages: Message[]) =>
    JSON.stringify(bodyFor("deepseek", { messages })).includes("reasoning_content");
  assert.equal(sent([go, thought, result]), true);
  assert.equal(sent([go, thought, result, { role: "user", text: "and?" }]), false);
});

Deno.test("what a known service refuses is not tried first", () => {
  for (const { name, protocol, traits } of KNOWN_PROVIDERS) {
    if (protocol !== "openai") continue;
    const body = bodyFor(name, { cacheKey: "s", reasoningEffort: "low" });
    assert.equal("prompt_cache_key" in body, traits.cacheKey !== false, name);
    if (name === "lmstudio") assert.ok(!("prompt_cache_key" in body), "it caches unasked");
    assert.equal(JSON.stringify(body).includes('"low"'), traits.effort !== "none", name);
  }
});

Deno.test("answers that only some services give: parts of content, reasoning beside the output", async () => {
  await using service = startModelService(() =>
    sse(
      { choices: [{ delta: { content: [{ type: "thinking", thinking: [] }] } }] },
      { choices: [{ delta: { content: [{ type: "text", text: "hi" }] } }] },
      {
        choices: [{ delta: {}, finish_reason: "stop" }],
        usage: {
          ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 35 },
          completion_tokens_details: { reasoning_tokens: 20 },
        },
      },
      "data: [DONE]\n\n",
    )
  );
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  const events = await ask(thread);
  assert.equal(textOf(events), "hi");
  const usage = events.find((event) => event.type === "usage")?.usage;
  assert.deepEqual([usage?.outputTokens, usage?.reasoningTokens], [25, 20]);
});

Deno.test("tokens of the cache are counted under each service's own name", async () => {
  const usageFor = async (usage: object) => {
    const chunks = stream([{ choices: [{ delta: {}, finish_reason: "stop" }], usage }]);
    const events = await collect(readChatStream(chunks, CALL, newIds()));
    return events.find((event) => event.type === "usage")?.usage;
  };
  const counts = { prompt_tokens: 100, completion_tokens: 5 };
  const counted = { inputTokens: 100, outputTokens: 5 };
  assert.deepEqual(await usageFor({ ...counts, cached_tokens: 60 }), {
    ...counted,
    cachedTokens: 60,
  }, "Moonshot");
  assert.deepEqual(await usageFor({ ...counts, prompt_cache_hit_tokens: 50 }), {
    ...counted,
    cachedTokens: 50,
  }, "DeepSeek");
  const details = { cached_tokens: 40, cache_write_tokens: 30 };
  assert.deepEqual(await usageFor({ ...counts, prompt_tokens_details: details }), {
    ...counted,
    cachedTokens: 40,
    cacheWriteTokens: 30,
  }, "OpenRouter");
});

Deno.test("Together's word for the end is one, also after calls", async () => {
  const stopOf = async (delta: object) => {
    const chunks = stream([{ choices: [{ delta, finish_reason: "eos" }] }]);
    return (await collect(readChatStream(chunks, CALL, newIds()))).at(-1);
  };
  const calls = [{ index: 0, id: "1", function: { name: "read", arguments: "{}" } }];
  assert.deepEqual(await stopOf({ content: "hi" }), { type: "end", stopReason: "end" });
  assert.deepEqual(await stopOf({ tool_calls: calls }), { type: "end", stopReason: "tool_calls" });
});

Deno.test("an older Claude is asked with a budget, and one that cannot think without", async () => {
  for (const refused of [/adaptive/, /thinking/]) {
    await using service = startModelService(({ body }) =>
      refused.test(body)
        ? Response.json({ error: { message: "thinking: adaptive is not supported" } }, {
          status: 400,
        })
        : streamed(anthropicSpeaker, { text: ["ok"] })
    );
    await using thread = await startThread({ protocol: "anthropic", baseUrl: service.url });
    assert.equal(textOf(await ask(thread, modelRequest({ reasoningEffort: "high" }))), "ok");
    const { thinking } = JSON.parse(service.requests.at(-1)!.body);
    // What is left for the answer itself is never thought away.
    const budget = { type: "enabled", budget_tokens: 8192 - 1024 };
    assert.deepEqual(thinking, refused.source === "adaptive" ? budget : undefined);
  }
});

Deno.test("an older Gemini is asked with a budget that leaves room for the answer", () => {
  const budgetOf = (maxOutputTokens: number, reasoningEffort: "low" | "high") =>
    toGeminiRequest(
      modelRequest({ model: "gemini-2.5-pro", reasoningEffort, maxOutputTokens }),
      geminiDialect("gemini-2.5-pro").fields,
    ).generationConfig["thinkingConfig"];
  // What is left for the answer itself is never thought away.
  assert.deepEqual(budgetOf(8192, "high"), { thinkingBudget: 8192 - 1024 });
  assert.deepEqual(budgetOf(1536, "low"), { thinkingBudget: 512 });
  assert.deepEqual(budgetOf(64_000, "high"), { thinkingBudget: 24_576 });
  // No word at all would let it think as long as it likes.
  assert.deepEqual(budgetOf(1024, "low"), { thinkingBudget: 512 });
});

Deno.test("Azure is spoken to by v1, or by the dated version that its address names", async () => {
  const addresses = [
    ["https://lab.openai.azure.com", "https://lab.openai.azure.com/openai/v1"],
    ["https://lab.openai.azure.com/openai/v1/", "https://lab.openai.azure.com/openai/v1"],
    ["https://gate.example/azure/openai", "https://gate.example/azure/openai/v1"],
  ];
  for (const [address = "", v1] of addresses) assert.equal(azureAddresses(address).v1, v1);
  await using service = startModelService(() => streamed(chatSpeaker, { text: ["ok"] }));
  await using thread = await startThread({
    protocol: "azure",
    baseUrl: `${service.url}?api-version=2024-10-21`,
  });
  assert.equal(textOf(await ask(thread, modelRequest({ model: "my-deployment" }))), "ok");
  const [seen] = service.requests;
  assert.equal(seen?.path, "/openai/deployments/my-deployment/chat/completions");
  assert.equal(seen?.headers.get("api-key"), KEY);
});

Deno.test("property: whatever is damaged in an event stream, it is malformed or incomplete", async () => {
  const whole = awsMessage({ ":message-type": "event", ":event-type": "e" }, { a: 1 });
  const read = (bytes: Uint8Array) =>
    Array.fromAsync(readEventStream((async function* () {
      yield bytes;
    })()));
  assert.deepEqual(await read(whole), [{ name: "e", payload: { a: 1 } }]);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const damaged = Uint8Array.from(
          whole,
          (byte, index) => index === at ? byte ^ change : byte,
        );
        await assert.rejects(read(damaged), SyntaxError);
        assert.deepEqual(await read(whole.subarray(0, at)), []);
      },
    ),
  );
});

Deno.test("a service that cannot be reached says so, whatever it speaks", async () => {
  const gone = startModelService(() => new Response());
  await gone[Symbol.asyncDispose]();
  for (const protocol of ["gemini", "bedrock", "azure", "openai_responses"] as const) {
    await using thread = await startThread({ protocol, baseUrl: gone.url });
    assert.equal(failureOf(await ask(thread)).code, "model.unreachable", protocol);
  }
});

Deno.test("attack: a canary key is in no request but those to its own host", async () => {
  const keys = ["sk-canary-one-11", "sk-canary-two-22"];
  await using first = startModelService(() => streamed(chatSpeaker, { text: ["ok"] }));
  await using second = startModelService(() => streamed(anthropicSpeaker, { text: ["ok"] }));
  await using one = await startThread({
    protocol: "openai",
    baseUrl: `${first.url}/v1`,
    apiKey: keys[0]!,
  });
  await using two = await startThread({
    protocol: "anthropic",
    baseUrl: second.url,
    apiKey: keys[1]!,
  });
  const { signal } = new AbortController();
  for (const thread of [one, two]) await collect(thread.client.stream(modelRequest(), { signal }));
  const sent = (service: typeof first) =>
    JSON.stringify(service.requests.map(({ headers, body, path }) => [[...headers], body, path]));
  for (const [service, own, other] of [[first, 0, 1], [second, 1, 0]] as const) {
    assert.ok(sent(service).includes(keys[own]!), "control");
    assert.ok(!sent(service).includes(keys[other]!));
  }
  // Each thread may reach its own host alone: the runtime refuses the other one.
  await using stray = await startThread({ protocol: "gemini", baseUrl: first.url });
  await stray.client.configure({
    name: "stray",
    protocol: "gemini",
    baseUrl: second.url,
    apiKey: keys[0]!,
    keySource: null,
  });
  const before = second.requests.length;
  assert.match(failureOf(await ask(stray)).message, /outside this compartment's grant/);
  assert.equal(second.requests.length, before);
});

Deno.test("Gemini lists its models with their window; those that embed are left out", async () => {
  const method = "generateContent";
  await using service = startModelService(() =>
    Response.json({
      models: [
        {
          name: "models/gemini-x",
          inputTokenLimit: 1_048_576,
          supportedGenerationMethods: [method],
          thinking: true,
        },
        { name: "models/embed", supportedGenerationMethods: ["embedContent"] },
      ],
    })
  );
  await using thread = await startThread({ protocol: "gemini", baseUrl: service.url });
  const { signal } = new AbortController();
  assert.deepEqual(await thread.client.models({ signal }), [{
    id: "gemini-x",
    contextTokens: 1_048_576,
    abilities: { tools: null, vision: null, reasoning: true },
    price: null,
  }]);
});

Deno.test("Bedrock and Azure give no list of what can be named, and say what to name", async () => {
  await using service = startModelService(() => Response.json({ data: [{ id: "gpt-4o" }] }));
  const { signal } = new AbortController();
  for (const protocol of SERVICE_PROTOCOLS.filter((one) => !PROTOCOL_FACTS[one].lists)) {
    await using thread = await startThread({ protocol, baseUrl: service.url });
    await assert.rejects(thread.client.models({ signal }), {
      code: "model.not_found",
      hint: /^Name a /,
    });
  }
  assert.equal(service.requests.length, 0);
});
