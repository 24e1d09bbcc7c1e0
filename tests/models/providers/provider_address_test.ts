/** Which address, protocol, key and differences a provider has. */
import assert from "node:assert/strict";
import { chooseProvider } from "../../../src/kernel/models/providers/choose_provider.ts";
import type { ConfiguredProvider, Sourced } from "../../../src/kernel/settings/resolve.ts";

function choose(
  provider: string | null,
  variables: Record<string, string> = {},
  file: Partial<ConfiguredProvider> & { name?: string } = {},
  apiBase: string | null = null,
) {
  const flag = (value: string): Sourced => ({ value, source: "flag", from: "a flag" });
  const { name, ...rest } = file;
  const empty = { protocol: null, apiBase: null, apiKey: null, model: null };
  return chooseProvider({
    settings: {
      provider: provider === null ? null : flag(provider),
      model: flag("m"),
      apiBase: apiBase === null
        ? null
        : { value: apiBase, source: "variable", from: "variable WARD_API_BASE" },
      apiKey: null,
      providers: name === undefined ? [] : [{ ...empty, ...rest, name }],
      saved: {},
    },
    variables,
    ollama: null,
  });
}

const at = (value: string): Sourced => ({ value, source: "file", from: "the file" });

Deno.test("a key is found under the other names that services use", () => {
  for (const name of ["GEMINI_API_KEY", "GOOGLE_API_KEY"]) {
    const { choice, key } = choose("google", { [name]: "k" });
    assert.deepEqual([choice.protocol, choice.keySource, key], ["gemini", `variable ${name}`, "k"]);
  }
  assert.equal(choose("google", { GEMINI_API_KEY: "a", GOOGLE_API_KEY: "b" }).key, "b");
  assert.equal(choose("qwen", { DASHSCOPE_API_KEY: "k" }).key, "k");
});

Deno.test("Bedrock: access keys are one secret, the region makes the address", () => {
  const keys = { AWS_ACCESS_KEY_ID: "ID", AWS_SECRET_ACCESS_KEY: "S" };
  const { choice, key } = choose("bedrock", { ...keys, AWS_REGION: "eu-west-1" });
  assert.equal(choice.baseUrl, "https://bedrock-runtime.eu-west-1.amazonaws.com");
  assert.equal(key, "ID:S");
  assert.equal(choose("bedrock", { ...keys, AWS_SESSION_TOKEN: "T" }).key, "ID:S:T");
  assert.equal(choose("bedrock", { ...keys, AWS_BEARER_TOKEN_BEDROCK: "B" }).key, "B");
  const china = choose("bedrock", { ...keys, AWS_DEFAULT_REGION: "cn-north-1" });
  assert.match(china.choice.baseUrl, /cn-north-1\.amazonaws\.com\.cn$/);
  assert.throws(() => choose("bedrock", { AWS_ACCESS_KEY_ID: "ID" }), { code: "provider.no_key" });
});

Deno.test("attack: a region that is an address leads nowhere else", () => {
  for (const AWS_REGION of ["x.evil.example/", "eu-west-1.evil.example", "@evil.example", ""]) {
    const { choice } = choose("bedrock", { AWS_BEARER_TOKEN_BEDROCK: "B", AWS_REGION });
    assert.equal(choice.baseUrl, "https://bedrock-runtime.us-east-1.amazonaws.com");
  }
});

Deno.test("Azure has no address of its own: the resource is named", () => {
  assert.throws(() => choose("azure", { AZURE_OPENAI_API_KEY: "k" }), {
    code: "provider.no_address",
    hint: /AZURE_OPENAI_ENDPOINT/,
  });
  const AZURE_OPENAI_ENDPOINT = "https://lab.openai.azure.com";
  const { choice, key } = choose("azure", { AZURE_OPENAI_API_KEY: "k", AZURE_OPENAI_ENDPOINT });
  assert.deepEqual([choice.protocol, choice.baseUrl, key], ["azure", AZURE_OPENAI_ENDPOINT, "k"]);
});

Deno.test("openai speaks Responses at its own address and chat completions elsewhere", () => {
  const OPENAI_API_KEY = "k";
  assert.equal(choose("openai", { OPENAI_API_KEY }).choice.protocol, "openai_responses");
  const elsewhere = choose(null, {}, {}, "http://127.0.0.1:8080/v1").choice;
  assert.deepEqual([elsewhere.protocol, elsewhere.traits], ["openai", {}]);
  const chat = choose("openai", { OPENAI_API_KEY }, { name: "openai", protocol: "openai" }).choice;
  assert.equal(chat.protocol, "openai");
  assert.equal(chat.traits?.maxTokens, "max_completion_tokens");
  const evil = choose(null, { OPENAI_API_KEY }, {}, "https://api.openai.com.evil.example/v1");
  assert.deepEqual([evil.choice.protocol, evil.key], ["openai", null]);
});

Deno.test("a service is known by its address, whatever it is called", () => {
  const lab = { name: "lab", protocol: "openai" } as const;
  const mistral = choose("lab", {}, { ...lab, apiBase: at("https://api.mistral.ai/v1") });
  assert.equal(mistral.choice.traits?.callIds, "nine");
  const unknown = choose("lab", {}, { ...lab, apiBase: at("https://models.example/v1") });
  assert.deepEqual(unknown.choice.traits, {});
});

Deno.test("LM Studio needs no key, and a model", () => {
  const { choice, key } = choose("lmstudio");
  assert.deepEqual([choice.baseUrl, choice.protocol, key], [
    "http://127.0.0.1:1234/v1",
    "openai",
    null,
  ]);
});
