import assert from "node:assert/strict";
import type { ChoiceInputs } from "../../../src/kernel/models/providers/candidate.ts";
import {
  chooseProvider,
  refuseStandIn,
} from "../../../src/kernel/models/providers/choose_provider.ts";
import {
  KNOWN_PROVIDERS,
  ollamaAddress,
  providerHost,
} from "../../../src/kernel/models/providers/provider_table.ts";
import type { ConfiguredProvider, Sourced } from "../../../src/kernel/settings/resolve.ts";

type Origin = Sourced["source"];

/** A setting as `resolveSettings` gives it. */
function from(source: Origin, value: string, name = "X"): Sourced {
  const origin = { variable: `variable ${name}`, flag: `flag --${name}` } as Record<string, string>;
  return { value, source, from: origin[source] ?? `${name} in config.toml` };
}

function choose(
  parts: Partial<ChoiceInputs["settings"]> = {},
  variables: Record<string, string> = {},
  ollama: ChoiceInputs["ollama"] = null,
) {
  const none = {
    provider: null,
    model: null,
    apiBase: null,
    apiKey: null,
    providers: [],
    saved: {},
  };
  return chooseProvider({ settings: { ...none, ...parts }, variables, ollama });
}

const configured = (parts: Partial<ConfiguredProvider> & { name: string }): ConfiguredProvider => ({
  protocol: null,
  apiBase: null,
  apiKey: null,
  model: null,
  ...parts,
});

/** Those that are taken unasked once their key is there. */
const USUAL = KNOWN_PROVIDERS.filter(({ defaultModel, login }) =>
  defaultModel !== null && !login?.isOnlyWay
);

Deno.test("with nothing at all it is the built-in assistant, and says what it looked for", () => {
  const { choice, key, considered } = choose();
  assert.equal(choice.protocol, "builtin");
  assert.equal(key, null);
  assert.deepEqual(considered.map((one) => [one.name, one.usable]), [
    ...KNOWN_PROVIDERS.map(({ name }) => [name, false]),
    ["builtin", true],
  ]);
  assert.match(considered[0]?.why ?? "", /ANTHROPIC_API_KEY is not set/);
});

Deno.test("each known key alone selects its service at its own host", () => {
  for (const known of KNOWN_PROVIDERS) {
    // Without a usual model nothing is taken unasked.
    if (known.keyVariable === null || known.defaultModel === null) continue;
    const { choice, key, keyVariable } = choose({}, { [known.keyVariable]: "k" });
    assert.equal(choice.name, known.name);
    assert.equal(choice.baseUrl, known.baseUrl);
    assert.equal(choice.why, `${known.keyVariable} is set`);
    assert.equal(choice.keySource, `variable ${known.keyVariable}`);
    assert.deepEqual([key, keyVariable], ["k", known.keyVariable]);
  }
});

Deno.test("with all keys the first of the preference list is taken", () => {
  const all = Object.fromEntries(
    USUAL.flatMap(({ keyVariable }) => keyVariable ? [[keyVariable, "k"]] : []),
  );
  const order: string[] = [];
  while (Object.keys(all).length > 0) {
    const { choice, keyVariable } = choose({}, all, { models: ["m"] });
    order.push(choice.name);
    delete all[keyVariable ?? ""];
  }
  order.push(choose({}, {}, { models: ["m"] }).choice.name);
  assert.deepEqual(order, [...USUAL.map((known) => known.name), "ollama"]);
});

Deno.test("the order is flag or variable, file, found keys, Ollama", () => {
  const keys = { ANTHROPIC_API_KEY: "a", GROQ_API_KEY: "g" };
  const inFile = configured({
    name: "mine",
    protocol: "openai",
    apiBase: from("file", "http://127.0.0.1:1/v1"),
    model: from("file", "m"),
  });
  const provider = from("flag", "groq", "provider");
  assert.equal(choose({ provider, providers: [inFile] }, keys).choice.name, "groq");
  assert.equal(choose({ providers: [inFile] }, keys).choice.name, "mine");
  assert.equal(choose({}, keys, { models: ["m"] }).choice.name, "anthropic");
  assert.equal(choose({}, {}, { models: ["m"] }).choice.name, "ollama");
});

Deno.test("Ollama takes the first model that can talk", () => {
  const { choice } = choose({}, {}, { models: ["nomic-embed-text", "qwen3:8b"] });
  assert.equal(choice.model, "qwen3:8b");
  assert.equal(choose({}, {}, { models: [] }).choice.name, "builtin");
});

Deno.test("a mistyped name is refused with the nearest and all names", () => {
  assert.throws(() => choose({ provider: from("variable", "antropic") }), {
    code: "provider.unknown",
    message: /did you mean "anthropic"/,
    hint: /anthropic, openai, .*ollama, builtin/,
  });
});

Deno.test("the built-in assistant stands in for no model that was named for this start", () => {
  const refused = (source: Origin, value: string, more: Partial<ChoiceInputs["settings"]> = {}) => {
    const parts = { model: from(source, value), ...more };
    const none = { provider: null, apiBase: null, apiKey: null, providers: [], saved: {} };
    return () => refuseStandIn(choose(parts), { ...none, ...parts });
  };
  const near = { code: "provider.none_for_model", message: /did you mean "anthropic\/claude"\?$/ };
  assert.throws(refused("flag", "anthropc/claude"), near);
  assert.throws(refused("variable", "anthropc/claude"), near);
  assert.throws(refused("flag", "some-model"), { message: /"some-model" of flag --X: no key/ });
  // What the file says is for whenever there is a key; who asks for the assistant gets it.
  refused("file", "some-model")();
  refused("flag", "builtin")();
  refused("flag", "some-model", { provider: from("flag", "builtin") })();
});

Deno.test("an explicit provider without its key is refused and never replaced", () => {
  for (const known of KNOWN_PROVIDERS.filter((one) => one.keyVariable && one.baseUrl)) {
    const other = known.name === "groq" ? "XAI_API_KEY" : "GROQ_API_KEY";
    assert.throws(() => choose({ provider: from("variable", known.name) }, { [other]: "k" }), {
      code: "provider.no_key",
      hint: new RegExp(`${known.keyVariable} or WARD_API_KEY`),
    });
  }
});

Deno.test("an OpenAI-compatible address needs no key and no provider name", () => {
  const { choice, key } = choose({ apiBase: from("variable", "http://127.0.0.1:8080/v1") });
  assert.deepEqual([choice.protocol, choice.baseUrl, key], [
    "openai",
    "http://127.0.0.1:8080/v1",
    null,
  ]);
});

Deno.test("attack: OPENAI_API_KEY does not go to another host by WARD_API_BASE", () => {
  for (const provider of [null, from("variable", "openai", "WARD_PROVIDER")]) {
    const apiBase = from("variable", "https://elsewhere.example/v1", "WARD_API_BASE");
    const { key, choice } = choose({ provider, apiBase }, { OPENAI_API_KEY: "secret" });
    assert.equal(key, null);
    assert.match(choice.why, /OPENAI_API_KEY is not sent to this address/);
    const own = from("variable", "https://api.openai.com/v1", "WARD_API_BASE");
    assert.equal(choose({ provider, apiBase: own }, { OPENAI_API_KEY: "secret" }).key, "secret");
    const apiKey = from("variable", "given", "WARD_API_KEY");
    assert.equal(choose({ provider, apiBase, apiKey }, { OPENAI_API_KEY: "s" }).key, "given");
  }
});

Deno.test("attack: a key of the file does not go to an address or provider of a variable", () => {
  const apiKey = from("file", "file-key");
  const apiBase = from("variable", "https://elsewhere.example", "WARD_API_BASE");
  const provider = from("file", "anthropic");
  assert.throws(() => choose({ provider, apiBase, apiKey }), { code: "provider.no_key" });
  assert.throws(() => choose({ provider: from("variable", "groq"), apiKey }), {
    code: "provider.no_key",
  });
  assert.equal(choose({ provider, apiKey }).key, "file-key", "control");
});

Deno.test("WARD_API_KEY of another WARD_PROVIDER does not go to the flag's provider", () => {
  const apiKey = from("variable", "k", "WARD_API_KEY");
  const provider = from("flag", "groq");
  assert.throws(() => choose({ provider, apiKey }, { WARD_PROVIDER: "xai" }), {
    code: "provider.no_key",
  });
  assert.equal(choose({ provider, apiKey }).key, "k", "control");
});

Deno.test("OPENAI_BASE_URL takes OPENAI_API_KEY with it", () => {
  const { choice, key } = choose({}, {
    OPENAI_API_KEY: "k",
    OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
  });
  assert.deepEqual([choice.baseUrl, key], ["http://127.0.0.1:9/v1", "k"]);
});

Deno.test("a configured name brings its own address, key and model", () => {
  const mine = configured({
    name: "mine",
    protocol: "anthropic",
    apiBase: from("file", "https://models.example"),
    apiKey: {
      value: "k",
      source: "file",
      from: "variable MY_KEY, named by providers.mine.api_key",
    },
    model: from("file", "m1"),
  });
  const { choice, key, keyVariable } = choose({
    provider: from("file", "mine"),
    providers: [mine],
    model: from("file", "general"),
  });
  assert.deepEqual(
    [choice.protocol, choice.baseUrl, choice.model, key, keyVariable],
    ["anthropic", "https://models.example", "m1", "k", "MY_KEY"],
  );
  const over = choose({
    provider: from("file", "mine"),
    providers: [mine],
    model: from("variable", "m2"),
  });
  assert.equal(over.choice.model, "m2");
  assert.throws(
    () => choose({ provider: from("file", "bare"), providers: [configured({ name: "bare" })] }),
    { code: "provider.no_protocol" },
  );
});

Deno.test("a bad address is refused without being shown", () => {
  for (const value of ["ftp://x", "not an address", "https://user:pw@host/v1"]) {
    assert.throws(() => choose({ apiBase: from("variable", value, "WARD_API_BASE") }), (error) => {
      assert.ok(error instanceof Error && !error.message.includes("pw"));
      assert.equal((error as Error & { code: string }).code, "provider.invalid_address");
      return true;
    });
  }
});

Deno.test("a key for nobody is refused", () => {
  assert.throws(() => choose({ apiKey: from("variable", "k", "WARD_API_KEY") }), {
    code: "provider.key_without_provider",
  });
});

Deno.test("no result but the key itself holds a key", () => {
  const { key, ...rest } = choose({}, { ANTHROPIC_API_KEY: "sk-secret" });
  assert.equal(key, "sk-secret");
  assert.ok(!JSON.stringify(rest).includes("sk-secret"));
});

Deno.test("the host of a provider carries its port", () => {
  assert.equal(providerHost("https://api.openai.com/v1"), "api.openai.com:443");
  assert.equal(providerHost("http://127.0.0.1:11434"), "127.0.0.1:11434");
  assert.equal(providerHost("http://[::1]/v1"), "[::1]:80");
});

const saved = (...names: string[]): Record<string, Sourced> =>
  Object.fromEntries(
    names.map((name) => [name, { value: `${name}-key`, source: "file", from: `saved ${name}` }]),
  );

Deno.test("a saved key is found after variables, by preference, and its place is told", () => {
  const found = choose({ saved: saved("groq", "anthropic") });
  assert.deepEqual([found.choice.name, found.key, found.choice.keySource], [
    "anthropic",
    "anthropic-key",
    "saved anthropic",
  ]);
  const variable = choose({ saved: saved("anthropic") }, { GROQ_API_KEY: "from-variable" });
  assert.deepEqual([variable.choice.name, variable.key], ["groq", "from-variable"]);
  // The variable of the same service wins over what was saved.
  const both = choose({ saved: saved("groq") }, { GROQ_API_KEY: "from-variable" });
  assert.equal(both.key, "from-variable");
});

Deno.test("a saved key goes to no address that it was not saved for", () => {
  const elsewhere = from("variable", "https://elsewhere.example/v1", "WARD_API_BASE");
  const provider = from("variable", "groq", "WARD_PROVIDER");
  assert.equal(choose({ provider, apiBase: elsewhere, saved: saved("groq") }).key, null);
  assert.equal(choose({ apiBase: elsewhere, saved: saved("openai") }).key, null);
  const sdk = { OPENAI_BASE_URL: "https://elsewhere.example/v1" };
  assert.equal(choose({ provider: from("flag", "openai"), saved: saved("openai") }, sdk).key, null);
  const inFile = configured({
    name: "openai",
    apiBase: from("file", "https://elsewhere.example/v1"),
  });
  assert.equal(choose({ providers: [inFile], saved: saved("openai") }).key, null);
  const own = configured({
    name: "lab",
    protocol: "openai",
    apiBase: from("file", "https://lab.example/v1"),
    model: from("file", "m"),
  });
  assert.equal(choose({ providers: [own], saved: saved("lab") }).key, "lab-key");
});

Deno.test("OLLAMA_HOST is read as Ollama reads it", () => {
  const of = (OLLAMA_HOST: string) => ollamaAddress({ OLLAMA_HOST });
  const usual = "http://127.0.0.1:11434";
  assert.deepEqual(
    ["", "  ", "not a host", "http://u:p@127.0.0.1", "127.0.0.1", "0.0.0.0", "[::]:11434"].map(of),
    [usual, usual, usual, usual, usual, usual, usual],
  );
  assert.equal(of("lab:80"), "http://lab");
  assert.equal(of("lab:8080"), "http://lab:8080");
  assert.equal(of("http://lab"), "http://lab");
  assert.equal(of("https://lab/ollama/"), "https://lab/ollama");
});
