/** Logins in the choice of a provider: their place in the order, and where their tokens may go. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { FoundLogin, LoginId } from "../../../src/kernel/accounts/found_login.ts";
import { chooseProvider } from "../../../src/kernel/models/providers/choose_provider.ts";
import { setUpProviders } from "../../../src/kernel/models/providers/set_up_providers.ts";
import type {
  ConfiguredProvider,
  ProviderInputs,
  Sourced,
} from "../../../src/kernel/settings/resolve.ts";

const PROVIDERS: Readonly<Record<LoginId, string>> = {
  claude: "anthropic",
  claude_code: "anthropic",
  codex: "openai_codex",
  chatgpt: "chatgpt",
  copilot: "copilot",
  qwen_code: "qwen",
};

function login(id: LoginId, parts: Partial<FoundLogin> = {}): FoundLogin {
  return {
    id,
    provider: PROVIDERS[id],
    kind: ["claude", "copilot", "chatgpt"].includes(id) ? "own" : "program",
    from: `the login ${id}`,
    state: "good",
    problem: null,
    mend: `mend ${id}`,
    apiBase: null,
    onlyNamed: id === "codex",
    access: { token: () => Promise.reject(new Error("Nothing asks for a token here")) },
    ...parts,
  };
}

const variable = (name: string, value: string): Sourced => ({
  value,
  source: "variable",
  from: `variable ${name}`,
});

function choose(
  parts: Partial<ProviderInputs> = {},
  variables: Record<string, string> = {},
  local: Partial<Parameters<typeof chooseProvider>[0]> = {},
) {
  const none = {
    provider: null,
    model: null,
    apiBase: null,
    apiKey: null,
    providers: [],
    saved: {},
  };
  return chooseProvider({ settings: { ...none, ...parts }, variables, ollama: null, ...local });
}

const named = (value: string) => variable("WARD_PROVIDER", value);

const saved = (name: string, from: string): Record<string, Sourced> => ({
  [name]: { value: "saved-key", source: "file", from },
});

Deno.test("the documented order: variable, own login, other program's, keychain, file, Ollama, LM Studio", () => {
  const all = {
    logins: [login("claude"), login("copilot"), login("qwen_code")],
    saved: {
      ...saved("groq", 'the keychain, saved as "groq"'),
      ...saved("deepseek", 'secrets.enc, saved as "deepseek"'),
    },
  };
  const local = { ollama: { models: ["m"] }, lmStudio: { models: ["l"] } };
  const order: string[] = [];
  const take = (name: string) => {
    order.push(name);
    all.logins = all.logins.filter(({ provider }) => provider !== name);
    delete (all.saved as Record<string, Sourced>)[name];
  };
  const variables: Record<string, string> = { XAI_API_KEY: "k" };
  take(choose(all, variables, local).choice.name);
  for (let n = 0; n < 5; n++) take(choose(all, {}, local).choice.name);
  order.push(choose(all, {}, local).choice.name);
  order.push(choose(all, {}, { ...local, ollama: null }).choice.name);
  order.push(choose(all).choice.name);
  assert.deepEqual(order, [
    "xai",
    "anthropic",
    "copilot",
    "qwen",
    "groq",
    "deepseek",
    "ollama",
    "lmstudio",
    "builtin",
  ]);
});

Deno.test("ward's own login of Claude goes before a key, but not before WARD_API_KEY", () => {
  const keys = { ANTHROPIC_API_KEY: "k" };
  const own = choose({ logins: [login("claude")] }, keys);
  assert.equal(own.key, null);
  assert.equal(own.login?.id, "claude");
  assert.equal(own.choice.keySource, "the login claude");
  assert.equal(own.choice.login, "claude");
  const typed = choose({
    logins: [login("claude")],
    provider: named("anthropic"),
    apiKey: variable("WARD_API_KEY", "typed"),
  }, keys);
  assert.deepEqual([typed.key, typed.login], ["typed", null]);
});

Deno.test("another program's login goes after a key that was given, before one that is merely saved", () => {
  const logins = [login("claude_code")];
  assert.equal(choose({ logins }, { ANTHROPIC_API_KEY: "k" }).key, "k");
  const both = choose({ logins, saved: saved("anthropic", "the keychain") });
  assert.equal(both.login?.id, "claude_code");
  const written: ConfiguredProvider = {
    name: "anthropic",
    protocol: null,
    apiBase: null,
    apiKey: { value: "written", source: "file", from: "providers.anthropic.api_key" },
    model: null,
  };
  assert.equal(choose({ logins, providers: [written] }).key, "written");
});

Deno.test("the Codex CLI's login is used only where its provider is named, and is told till then", () => {
  const logins = [login("codex")];
  const unasked = choose({ logins });
  assert.equal(unasked.choice.name, "builtin");
  assert.match(
    unasked.considered.find(({ name }) => name === "openai_codex")?.why ?? "",
    /is used after provider = "openai_codex"/,
  );
  const { choice, login: used } = choose({ logins, provider: named("openai_codex") });
  assert.equal(used?.id, "codex");
  assert.equal(choice.protocol, "openai_responses");
  assert.equal(choice.baseUrl, "https://chatgpt.com/backend-api/codex");
});

Deno.test("a login that does not work is passed over, and named with what mends it where it was chosen", () => {
  const stale = [login("claude", { state: "stale", problem: "it has run out" })];
  assert.equal(choose({ logins: stale }, { ANTHROPIC_API_KEY: "k" }).key, "k");
  assert.throws(() => choose({ logins: stale, provider: named("anthropic") }), {
    code: "provider.no_key",
    hint: /mend claude/,
  });
  assert.throws(
    () =>
      choose({
        logins: [login("copilot", { problem: "it has run out" })],
        provider: named("copilot"),
      }),
    { code: "provider.no_login", message: /it has run out/, hint: /mend copilot/ },
  );
  assert.throws(() => choose({ provider: named("copilot") }), {
    code: "provider.no_login",
    hint: /ward connect copilot/,
  });
});

Deno.test("attack: a token does not go to an address that a variable put in its place", () => {
  const logins = [login("claude"), login("claude_code")];
  const elsewhere = variable("WARD_API_BASE", "https://elsewhere.example");
  const chosen = choose(
    { logins, provider: named("anthropic"), apiBase: elsewhere },
    { ANTHROPIC_API_KEY: "k" },
  );
  assert.equal(chosen.login, null);
  const sdk = choose({ logins }, {
    ANTHROPIC_API_KEY: "k",
    ANTHROPIC_BASE_URL: "https://elsewhere.example",
  });
  assert.deepEqual([sdk.login, sdk.key], [null, "k"]);
});

Deno.test("attack: a file of another program that names a stranger's address gets its token sent home", () => {
  const of = (apiBase: string) =>
    choose({ logins: [login("qwen_code", { apiBase })] }).choice.baseUrl;
  const usual = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
  assert.equal(of("https://portal.qwen.ai/v1"), "https://portal.qwen.ai/v1");
  for (
    const hostile of [
      "https://evil.example/v1",
      "https://portal.qwen.ai.evil.example/v1",
      "http://portal.qwen.ai/v1",
      "https://portal.qwen.ai@evil.example/v1",
      "no address",
    ]
  ) assert.equal(of(hostile), usual, hostile);
});

Deno.test("attack: a key is not sent to the address that a login of another program names", () => {
  const apiBase = "https://portal.qwen.ai/v1";
  const logins = [login("qwen_code", { apiBase })];
  const usual = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
  for (const name of ["DASHSCOPE_API_KEY", "QWEN_API_KEY"]) {
    const paid = choose({ logins }, { [name]: "k" });
    assert.deepEqual([paid.choice.baseUrl, paid.key, paid.login], [usual, "k", null]);
  }
  const typed = choose({
    logins,
    provider: named("qwen"),
    apiKey: variable("WARD_API_KEY", "typed"),
  });
  assert.deepEqual([typed.choice.baseUrl, typed.key], [usual, "typed"]);
  // Where the login pays in place of a saved key, its address is the login's and no key goes there.
  const both = choose({ logins, saved: saved("qwen", "the keychain") });
  assert.deepEqual([both.choice.baseUrl, both.key, both.login?.id], [apiBase, null, "qwen_code"]);
});

Deno.test("no choice pays by both, and what is told of it holds neither key nor token", () => {
  const ids = Object.keys(PROVIDERS) as LoginId[];
  const some = fc.subarray(ids);
  const keys = fc.subarray(["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "QWEN_API_KEY"]);
  fc.assert(fc.property(some, keys, fc.boolean(), (found, names, isSaved) => {
    const settings = {
      logins: found.map((id) => login(id)),
      ...(isSaved ? { saved: saved("anthropic", "the keychain") } : {}),
    };
    const variables = Object.fromEntries(names.map((name) => [name, "secret-canary"]));
    const { key, login: used, ...rest } = choose(settings, variables);
    assert.ok(key === null || used === null);
    assert.ok(!/secret-canary|saved-key/.test(JSON.stringify(rest)));
  }));
});

Deno.test("lists of models are asked of logins too, each once", () => {
  const none = {
    provider: null,
    model: null,
    apiBase: null,
    apiKey: null,
    providers: [],
    saved: {},
  };
  const names = setUpProviders({
    settings: { ...none, logins: [login("copilot"), login("codex")] },
    variables: {},
    ollama: null,
  }).map(({ choice }) => choice.name);
  assert.deepEqual(names, ["openai_codex", "copilot"]);
});
