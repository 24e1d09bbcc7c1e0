/** What the lists of services say of their models, by their own documented forms. */
import assert from "node:assert/strict";
import { listedModel } from "../../src/compartments/models/list_models.ts";
import { startModelService } from "../fakes/model_service.ts";
import { startThread } from "./start_thread.ts";

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
