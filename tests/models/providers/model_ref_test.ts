/** `provider/model`, typos of it, and whose key a list is asked with. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkModel } from "../../../src/kernel/models/check_model.ts";
import { chooseProvider } from "../../../src/kernel/models/providers/choose_provider.ts";
import { contextWords, modelFacts, modelWords } from "../../../src/kernel/models/describe_model.ts";
import { inputsFor, parseModelRef } from "../../../src/kernel/models/providers/model_ref.ts";
import {
  setUpProvider,
  setUpProviders,
} from "../../../src/kernel/models/providers/set_up_providers.ts";
import type { ProviderInputs, Sourced } from "../../../src/kernel/settings/resolve.ts";
import type { ListedModel } from "../../../src/model/services/catalog.ts";

const NONE: ProviderInputs = {
  provider: null,
  model: null,
  apiBase: null,
  apiKey: null,
  providers: [],
  saved: {},
};

const KEYS = { ANTHROPIC_API_KEY: "ka", OPENAI_API_KEY: "ko", GROQ_API_KEY: "kg" };

function from(source: Sourced["source"], value: string): Sourced {
  return { value, source, from: source };
}

function chosen(settings: Partial<ProviderInputs>): string[] {
  const { choice } = chooseProvider({
    settings: { ...NONE, ...settings },
    variables: KEYS,
    ollama: null,
  });
  return [choice.name, choice.model];
}

Deno.test("a first word that names a provider is the provider, wherever the model is named", () => {
  for (const source of ["flag", "variable", "file"] as const) {
    assert.deepEqual(chosen({ model: from(source, "openai/gpt-5-mini") }), [
      "openai",
      "gpt-5-mini",
    ]);
    assert.deepEqual(chosen({ model: from(source, "groq/openai/gpt-oss-20b") }), [
      "groq",
      "openai/gpt-oss-20b",
    ]);
  }
  assert.deepEqual(chosen({ model: from("flag", "builtin") }), ["builtin", ""]);
  assert.deepEqual(chosen({ model: from("flag", "claude-x") }), ["anthropic", "claude-x"]);
  assert.deepEqual(chosen({ model: from("flag", "nobody/claude-x") }), [
    "anthropic",
    "nobody/claude-x",
  ]);
});

Deno.test("beside a provider of the same place the model is taken as is; a stronger place decides", () => {
  const groq = from("file", "groq");
  assert.deepEqual(chosen({ provider: groq, model: from("file", "openai/gpt-oss-20b") }), [
    "groq",
    "openai/gpt-oss-20b",
  ]);
  assert.deepEqual(chosen({ provider: groq, model: from("file", "groq/llama") }), [
    "groq",
    "llama",
  ]);
  assert.deepEqual(chosen({ provider: groq, model: from("flag", "openai/gpt-5") }), [
    "openai",
    "gpt-5",
  ]);
  const flagged = from("flag", "anthropic");
  assert.deepEqual(
    chosen({ provider: flagged, model: from("variable", "openai/gpt-5") })[0],
    "anthropic",
  );
});

Deno.test("what is parsed from a reference gives the reference back", () => {
  const id = fc.stringMatching(/^[a-z0-9][a-z0-9./:-]{0,30}[a-z0-9]$/);
  fc.assert(fc.property(fc.constantFrom("openai", "lab", "x1"), id, (provider, model) => {
    const ref = parseModelRef(`${provider}/${model}`, ["openai", "lab", "x1"]);
    assert.deepEqual(ref, { provider, model });
  }));
});

Deno.test("/model stays with the provider that answers, unless it names another", () => {
  const options = { current: "groq", from: "/model" };
  assert.equal(inputsFor(NONE, "llama", options).provider?.value, "groq");
  assert.equal(inputsFor(NONE, "openai/gpt-5", options).provider?.value, "openai");
  assert.equal(inputsFor(NONE, "openai", options).model, null);
});

const LISTED = ["claude-opus-5", "claude-sonnet-5-5", "claude-haiku-4-5-20251001", "lab/large"];

function problemOf(model: string): string | null {
  try {
    checkModel(model, LISTED, "anthropic", ["anthropic", "openai"]);
    return null;
  } catch (error) {
    return String((error as { hint?: string }).hint);
  }
}

Deno.test("a typo is told with the closest first and is never replaced", () => {
  assert.match(problemOf("claude-sonet-5-5") ?? "", /^Did you mean anthropic\/claude-sonnet-5-5\?/);
  assert.match(problemOf("CLAUDE-OPUS-5") ?? "", /^Did you mean anthropic\/claude-opus-5\?/);
  assert.equal(problemOf("antropic/claude-opus-5"), "Did you mean anthropic/claude-opus-5?");
});

Deno.test("what services take without listing it is no typo", () => {
  for (
    const model of [
      "claude-opus-5",
      "claude-haiku-4-5",
      "lab/large:free",
      "ft:claude-opus-6:me",
      "something-quite-different",
    ]
  ) assert.equal(problemOf(model), null, model);
  checkModel("whatever", [], "lab", []);
});

Deno.test("lists are asked with each provider's own key, never another's", () => {
  const settings = {
    ...NONE,
    provider: from("variable", "openai"),
    apiBase: from("variable", "http://127.0.0.1:1/v1"),
    apiKey: from("variable", "kw"),
  };
  const all = setUpProviders({ settings, variables: KEYS, ollama: null });
  assert.deepEqual(all.map(({ choice, key }) => [choice.name, choice.baseUrl, key]), [
    ["anthropic", "https://api.anthropic.com", "ka"],
    ["openai", "http://127.0.0.1:1/v1", "kw"],
    ["groq", "https://api.groq.com/openai/v1", "kg"],
  ]);
  const inputs = { settings: NONE, variables: {}, ollama: null };
  assert.throws(() => setUpProvider("openai", inputs), { code: "provider.no_key" });
  assert.deepEqual(
    setUpProviders({ ...inputs, ollama: { models: [] } }).map(({ choice }) => choice.name),
    ["ollama"],
  );
});

Deno.test("a model is described by what its service says, else by the price table, else not", () => {
  const choice = {
    name: "anthropic",
    protocol: "anthropic",
    baseUrl: "https://api.anthropic.com",
    why: "",
    keySource: null,
  } as const;
  const model: ListedModel = {
    id: "claude-opus-5",
    contextTokens: 200_000,
    abilities: { tools: true, vision: true, reasoning: null },
    price: null,
  };
  const words = (of: Partial<ListedModel>) => modelWords(modelFacts(choice, { ...model, ...of }));
  assert.equal(words({}), "200K context, $$, tools vision");
  assert.equal(words({ id: "new", contextTokens: null }), "price unknown, tools vision");
  assert.equal(words({ price: { input: 0, output: 0 } }), "200K context, free, tools vision");
  assert.equal(words({ price: { input: 1, output: 5 } }), "200K context, $, tools vision");
  assert.equal(words({ price: { input: 9, output: 31 } }), "200K context, $$$, tools vision");
  assert.deepEqual([8_192, 262_144, 1_000_000, 1_048_576].map(contextWords), [
    "8K",
    "262K",
    "1M",
    "1M",
  ]);
});
