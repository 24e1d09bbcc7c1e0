/** What the lists of services say of their models, by their own documented forms. */
import assert from "node:assert/strict";
import { listedModel } from "../../../src/compartments/models/list_models.ts";
import { startModelService } from "../../fakes/model_service.ts";
import { KNOWN_PROVIDERS } from "../../../src/kernel/models/providers/provider_table.ts";
import { supportTable } from "../../../src/kernel/models/providers/support_table.ts";
import type { ProviderSetup } from "../../../src/compartments/models/api.ts";
import { KEY, startThread } from "../start_thread.ts";

/** What a service with this answer is taken to list. */
async function listOf(
  setup: Partial<ProviderSetup> & Pick<ProviderSetup, "protocol">,
  answer: Response,
) {
  await using service = startModelService(() => answer);
  await using thread = await startThread({ baseUrl: service.url, ...setup });
  const models = await thread.client.models({ signal: new AbortController().signal })
    .catch((error) => error.code as string);
  return { models, requests: service.requests };
}

const NOTHING = { tools: null, vision: null, reasoning: null };

Deno.test("each service's own fields give context, abilities and price", () => {
  const openRouter = listedModel({
    id: "lab/large",
    context_length: 262_144,
    architecture: { input_modalities: ["text", "image"] },
    supported_parameters: ["tools", "reasoning", "temperature"],
    pricing: { prompt: "0.0000025", completion: "0.00001" },
  });
  assert.deepEqual(openRouter, {
    id: "lab/large",
    contextTokens: 262_144,
    abilities: { tools: true, vision: true, reasoning: true },
    price: { input: 2.5, output: 10 },
  });
  const mistral = listedModel({
    id: "m",
    max_context_length: 128_000,
    capabilities: { completion_chat: true, function_calling: true, vision: false },
  });
  assert.deepEqual(mistral?.abilities, { tools: true, vision: false, reasoning: null });
  assert.equal(mistral?.contextTokens, 128_000);
  const anthropic = listedModel({
    id: "c",
    max_input_tokens: 200_000,
    capabilities: { image_input: { supported: true }, thinking: { supported: false } },
  });
  assert.deepEqual(anthropic?.abilities, { tools: null, vision: true, reasoning: false });
  assert.equal(listedModel({ id: "g", context_window: 131_072 })?.contextTokens, 131_072);
  assert.deepEqual(listedModel({ id: "t", pricing: { input: 0.15, output: 0.6 } })?.price, {
    input: 0.15,
    output: 0.6,
  });
});

Deno.test("what a list does not say, or says in another form, is not guessed", () => {
  const bare = { id: "gpt-x", contextTokens: null, abilities: NOTHING, price: null };
  assert.deepEqual(listedModel({ id: "gpt-x", object: "model", owned_by: "lab" }), bare);
  assert.deepEqual(
    listedModel({
      id: "gpt-x",
      context_length: "many",
      pricing: { prompt: "free", completion: "-1" },
      capabilities: ["chat"],
      supported_parameters: null,
    }),
    bare,
  );
  assert.equal(listedModel({ name: "no id" }), null);
  assert.equal(listedModel("text"), null);
});

Deno.test("fields that the SDKs do not know come through the thread", async () => {
  await using service = startModelService(() =>
    Response.json({
      object: "list",
      data: [{ id: "a", context_window: 8_192 }, { nonsense: true }, { id: "b" }],
    })
  );
  for (const protocol of ["openai", "anthropic"] as const) {
    await using thread = await startThread({ protocol, baseUrl: service.url });
    const models = await thread.client.models({ signal: new AbortController().signal });
    assert.deepEqual(models.map(({ id, contextTokens }) => [id, contextTokens]), [
      ["a", 8_192],
      ["b", null],
    ]);
  }
});

Deno.test("a list is OpenAI's `data` or, as Together has it, all of the body", async () => {
  const entry = { id: "lab/m", context_length: 131_072, pricing: { input: 0.15, output: 0.6 } };
  for (const protocol of ["openai", "openai_responses"] as const) {
    for (const body of [[entry], { object: "list", data: [entry] }]) {
      const { models } = await listOf({ protocol }, Response.json(body));
      assert.deepEqual(models, [{
        id: "lab/m",
        contextTokens: 131_072,
        abilities: NOTHING,
        price: { input: 0.15, output: 0.6 },
      }]);
    }
    const none = await listOf({ protocol }, Response.json({ object: "list", data: null }));
    assert.deepEqual(none.models, []);
    for (const body of [{ models: [] }, "a page", null]) {
      const stranger = await listOf({ protocol }, Response.json(body));
      assert.equal(stranger.models, "model.malformed", JSON.stringify(body));
    }
  }
});

Deno.test("the two ways to ChatGPT are not asked for a list that only Codex gets", async () => {
  for (const name of ["chatgpt", "openai_codex"]) {
    const { protocol, traits } = KNOWN_PROVIDERS.find((one) => one.name === name)!;
    const body = { models: [{ slug: "gpt-5.1-codex" }] };
    const { models, requests } = await listOf({ protocol, traits }, Response.json(body));
    assert.equal(models, "model.not_found");
    assert.equal(requests.length, 0);
    assert.match(supportTable(), new RegExp(`\\| \`${name}\` \\|.*\\| no \\|\\n`));
  }
});

Deno.test("Ollama behind a proxy: its list is asked for with key and headers", async () => {
  const protocol = "ollama";
  const headers = { "x-team": "lab" };
  const tags = { models: [{ name: "qwen3:8b" }] };
  const { models, requests } = await listOf({ protocol, headers }, Response.json(tags));
  assert.deepEqual((models as { id: string }[]).map(({ id }) => id), ["qwen3:8b"]);
  const [seen] = requests;
  assert.deepEqual(
    [seen?.path, seen?.headers.get("authorization"), seen?.headers.get("x-team")],
    ["/api/tags", `Bearer ${KEY}`, "lab"],
  );
  const bare = await listOf({ protocol, apiKey: null, keySource: null }, Response.json(tags));
  assert.equal(bare.requests[0]?.headers.get("authorization"), null);
  const answers: readonly (readonly [Response, string])[] = [
    [Response.json({ error: "unauthorized" }, { status: 401 }), "model.unauthorized"],
    [new Response("gone", { status: 502 }), "model.unavailable"],
    [Response.json({ data: [] }), "model.malformed"],
    [new Response("<html>router</html>"), "model.malformed"],
  ];
  for (const [answer, code] of answers) {
    assert.equal((await listOf({ protocol }, answer)).models, code);
  }
});
