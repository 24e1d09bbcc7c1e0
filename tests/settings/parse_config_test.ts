import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/base/app_error.ts";
import {
  parseConfig,
  referencedVariables,
  savedNames,
} from "../../src/kernel/settings/parse_config.ts";

function problem(text: string): UsageError {
  try {
    parseConfig(text, "config.toml");
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `accepted: ${text}` });
}

Deno.test("parseConfig gives every default for a missing and for an empty file", () => {
  const { file, isSet } = parseConfig(null, "config.toml");
  assert.deepEqual(parseConfig("", "config.toml").file, file);
  assert.equal(file.model.max_output_tokens, 8192);
  assert.deepEqual(file.limits, {
    iterations: 50,
    turn_s: 1800,
    stall_same_calls: 3,
    stall_alternations: 3,
    stall_failed_rounds: 6,
    stall_refused_rounds: 12,
    model_first_byte_s: 45,
    model_stall_s: 90,
    model_stream_s: 180,
    model_tries: 4,
    model_wait_s: 120,
    memory_mb: 2048,
    processes: 256,
    file_mb: 1024,
    cpu_s: 600,
  });
  assert.deepEqual(file.budget, {
    task_tokens: 1_000_000,
    task_usd: 0,
    session_tokens: 0,
    session_usd: 0,
    daily_tokens: 0,
    daily_usd: 0,
    warn_at: 0.8,
    unknown_price: "refuse",
  });
  assert.equal(file.approvals.timeout_s, 300);
  assert.equal(file.commands.timeout_s, 120);
  assert.equal(file.commands.without_sandbox, false);
  assert.deepEqual(file.environment.trust, []);
  assert.equal(isSet("limits.iterations"), false);
});

Deno.test("parseConfig reads every section", () => {
  const { file, isSet, warnings } = parseConfig(
    `model = { provider = "lab", name = "m-1" }
[providers.lab]
protocol = "openai"
api_base = "http://127.0.0.1:8080/v1"
api_key = "\${LAB_KEY}"
[commands]
allow = ["git status", "ls"]
operators = "ask"
[approvals]
timeout_s = 0
`,
    "config.toml",
  );
  assert.equal(file.model.provider, "lab");
  assert.deepEqual(file.providers["lab"]?.api_key, { type: "variable", name: "LAB_KEY" });
  assert.deepEqual(file.commands.allow, ["git status", "ls"]);
  assert.equal(file.approvals.timeout_s, 0);
  assert.ok(isSet("commands.operators") && !isSet("commands.timeout_s"));
  assert.deepEqual(warnings, []);
  assert.deepEqual(referencedVariables(file), ["LAB_KEY"]);
});

const WRONG: [name: string, text: string, message: string][] = [
  [
    "a number out of its range",
    "\n[limits]\n# comment\niterations = 0\n",
    'config.toml:4: key "limits.iterations": found 0, allowed a whole number from 1 to 10000',
  ],
  [
    "a text for a number",
    '[commands]\ntimeout_s = "120"\n',
    'config.toml:2: key "commands.timeout_s": found "120", allowed a whole number from 1 to 86400',
  ],
  [
    "a word off a list, written with a dotted key",
    'commands.operators = "never"\n',
    'config.toml:1: key "commands.operators": found "never", allowed "allow", "ask"',
  ],
  [
    "a wrong element of a list",
    '[commands]\nallow = [\n  "ls",\n  7,\n]\n',
    'config.toml:4: key "commands.allow.1": found 7, allowed programs with their first words, ' +
    'such as "git status", or "*" for all',
  ],
  [
    "a protocol ward does not speak, in an inline table",
    '[providers]\nx = { protocol = "grpc" }\n',
    'config.toml:2: key "providers.x.protocol": found "grpc", allowed "anthropic", "openai", ' +
    '"openai_responses", "azure", "gemini", "bedrock", "ollama"',
  ],
  [
    "an address that is none",
    '[model]\napi_base = "ftp://example"\n',
    'config.toml:2: key "model.api_base": found "ftp://example", allowed an http:// or https:// ' +
    "address without a user name in it",
  ],
  [
    "a provider's name",
    "[providers.builtin]\n",
    'config.toml:1: key "providers.builtin": found the name "builtin", allowed lower-case ' +
    "letters, digits, - and _, other than builtin",
  ],
  [
    "a name of a saved secret that is none",
    '[model]\napi_key = "keychain:A B"\n',
    'config.toml:2: key "model.api_key": found a text (not shown), allowed "keychain" or ' +
    '"keychain:name" for a saved secret, "${NAME}" for a variable, or the key itself',
  ],
  [
    "a mistyped key",
    "[limits]\niteration = 3\n",
    'config.toml:2: key "limits.iteration": found an unknown key, allowed iterations, ' +
    "turn_s, stall_same_calls, stall_alternations, stall_failed_rounds, stall_refused_rounds, " +
    "model_first_byte_s, model_stall_s, model_stream_s, model_tries, model_wait_s, " +
    'memory_mb, processes, file_mb, cpu_s; did you mean "limits.iterations"?',
  ],
  [
    "a key in the wrong section",
    "iterations = 3\n",
    'config.toml:1: key "iterations": found an unknown key, allowed version, model, roles, ' +
    'providers, accounts, workspace, commands, limits, budget, subagents, delegation, agents, routing, redaction, web, browser, http, http_profiles, oauth, acp, mcp, mcpServers, slack, channels, daemon, webhooks, files, approvals, logging, terminal, environment; did you mean "limits.iterations"?',
  ],
  [
    "a section given as a value",
    'workspace = "/srv"\n',
    'config.toml:1: key "workspace": found a text (not shown), allowed a table with path',
  ],
];

for (const [name, text, message] of WRONG) {
  Deno.test(`parseConfig refuses ${name} with line and key`, () => {
    const error = problem(text);
    assert.equal(error.code, "settings.invalid");
    assert.equal(error.message, message);
  });
}

Deno.test("savedNames says which saved secrets a file needs", () => {
  const names = (text: string) => savedNames(parseConfig(text, "config.toml").file);
  const key = 'api_key = "keychain"';
  assert.deepEqual(names(`[model]\n${key}`), ["model"]);
  assert.deepEqual(names(`[model]\nprovider = "lab"\n${key}`), ["lab"]);
  assert.deepEqual(names(`[providers.a]\n${key}\n[providers.b]\napi_key = "keychain:x"`), [
    "a",
    "b",
    "x",
  ]);
});

Deno.test("parseConfig tells a newer form before anything else", () => {
  const error = problem("other = 1\nversion = 7\n");
  assert.equal(error.code, "settings.newer");
  assert.match(error.message, /^config\.toml:2: key "version": found 7, allowed 1: a newer ward/);
});

Deno.test("parseConfig names every wrong key at once", () => {
  const { message } = problem("[limits]\nturn_s = -1\n[commands]\nwithout_sandbox = 1\nfoo = 1\n");
  assert.deepEqual(message.split("\n").map((line) => line.split(": found")[0]), [
    'config.toml:4: key "commands.without_sandbox"',
    'config.toml:5: key "commands.foo"',
    'config.toml:2: key "limits.turn_s"',
  ]);
});

Deno.test("parseConfig tells line and column of a half-written file, but not its text", () => {
  const error = problem('[model]\nprovider = "openai"\napi_key = "sk-secret-value\n');
  assert.equal(error.code, "settings.syntax");
  assert.match(error.message, /^config\.toml:3:\d+: the file is not TOML: /);
  assert.doesNotMatch(error.message, /sk-secret/);
});

Deno.test("parseConfig never shows a secret, wherever it was written wrongly", () => {
  const secret = "sk-ant-0123456789";
  const texts = [
    `model = "${secret}"`,
    `model.api_key = ["${secret}"]`,
    `model.api_key = "\${x} ${secret}"`,
    `model.api_kye = "${secret}"`,
    `providers.x = "${secret}"`,
    `providers.x.api_base = "https://me:${secret}@host"`,
    `model.api_key = ${secret}`,
    `model.api_key = "${secret}\\q"`,
  ];
  for (const text of texts) {
    const error = problem(text);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /0123456789/, text);
  }
  const { warnings } = parseConfig(`\n[model]\napi_key = "${secret}"`, "config.toml");
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^config\.toml:3: key "model\.api_key" holds the key itself/);
  assert.doesNotMatch(warnings[0]!, /0123456789/);
});

Deno.test("parseConfig warns of an address that is not https, but for this machine", () => {
  const base = (address: string) =>
    parseConfig(`[model]\napi_base = "${address}"`, "config.toml").warnings.length;
  assert.equal(base("http://models.example/v1"), 1);
  assert.equal(base("http://127.0.0.1.example/v1"), 1);
  assert.equal(base("https://models.example/v1"), 0);
  for (const here of ["127.0.0.1", "localhost:1", "[::1]:8080"]) {
    assert.equal(base(`http://${here}/`), 0, here);
  }
});

Deno.test("parseConfig reads a file with a byte-order mark and Windows line ends", () => {
  const { file } = parseConfig("\ufeff[limits]\r\niterations = 7\r\n", "config.toml");
  assert.equal(file.limits.iterations, 7);
});

Deno.test("parseConfig answers any text with settings or a UsageError", () => {
  const line = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom("[model]", "[limits]", "[[providers]]", "name = 1", "__proto__ = 1", "[a.b]"),
    fc.constantFrom('provider = "x"', "toString = 2", "[providers.__proto__]", "a = {b = 1}"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      try {
        parseConfig(lines.join("\n"), "config.toml");
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, /^config\.toml(:\d+)?/);
      }
    }),
    { numRuns: 500 },
  );
});
