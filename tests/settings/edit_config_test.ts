import assert from "node:assert/strict";
import fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { AppError, UsageError } from "../../src/base/app_error.ts";
import {
  keyPath,
  knownPath,
  newOpenings,
  setKey,
  unsetKey,
  valueFromWords,
} from "../../src/kernel/settings/edit_config.ts";
import { configExample } from "../../src/kernel/settings/example.ts";
import { parseConfig, valueAt } from "../../src/kernel/settings/parse_config.ts";
import { keyRows } from "../../src/kernel/settings/schema/walk.ts";

const set = (text: string, key: string, ...words: string[]) => {
  const path = knownPath(key, "config.toml");
  return setKey(text, path, valueFromWords(path, words), "config.toml");
};

/** The parser gives objects without a prototype. */
const parse = (text: string): Record<string, unknown> =>
  JSON.parse(JSON.stringify(parseToml(text.replace(/^\ufeff/, ""))));

const FILE = `# top
[model] # of the model
name = "a"   # the name
provider = 'openai'

# how much
[limits]
iterations = 1_000 # keep

[commands]
allow = [
  "ls", # look
  "cat",
]
# end
`;

Deno.test("setKey changes one value and nothing around it", () => {
  assert.equal(set(FILE, "model.name", "b"), FILE.replace('"a"', '"b"'));
  assert.equal(set(FILE, "limits.iterations", "7"), FILE.replace("1_000", "7"));
  // The value it has already: not a byte is touched.
  assert.equal(set(FILE, "limits.iterations", "1000"), FILE);
});

Deno.test("setKey puts a new key below its header, and a new table at the end", () => {
  assert.equal(
    set(FILE, "limits.turn_s", "60"),
    FILE.replace("[limits]\n", "[limits]\nturn_s = 60\n"),
  );
  assert.equal(
    set(FILE, "providers.lab.model", "m 1"),
    FILE + '\n[providers.lab]\nmodel = "m 1"\n',
  );
  assert.equal(set("", "approvals.timeout_s", "0"), "[approvals]\ntimeout_s = 0\n");
  assert.equal(set("[limits]", "limits.turn_s", "60"), "[limits]\nturn_s = 60\n");
});

Deno.test("setKey finds its way in inline tables, dotted keys and Windows line ends", () => {
  for (
    const text of [
      "limits = { iterations = 3 } # c\n",
      "limits.iterations = 3 # c\n",
      "# c\r\n[limits]\r\niterations = 3\r\n",
      '# c\n["limits"]\niterations = 3\n',
      "\ufeff# c\n[ limits ]\niterations = 3",
    ]
  ) {
    const out = set(text, "limits.turn_s", "60");
    assert.deepEqual(parse(out)["limits"], { iterations: 3, turn_s: 60 }, out);
    assert.match(out, /# c/);
  }
});

/** A config file: each entry is a line of comment, a key or a table, in any order that TOML has. */
const KEYS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "model.name": fc.constantFrom('"a"', "'b'", '"""c"""'),
  "model.max_output_tokens": fc.constantFrom("1", "1_000", "0x10"),
  "limits.iterations": fc.constantFrom("5", "0b11"),
  "limits.turn_s": fc.constantFrom("7"),
  "commands.allow": fc.constantFrom(
    '["ls"]',
    '[\n  "a",#in1\n  "b", # in2\n]',
    "[]",
    '[ "x" ,"y"]',
  ),
  "commands.operators": fc.constantFrom('"ask"'),
  "commands.without_sandbox": fc.constantFrom("false"),
  "providers.lab.model": fc.constantFrom('"m"', "'''\nm'''"),
  "providers.lab.api_key": fc.constantFrom('"${LAB}"'),
  "environment.trust": fc.constantFrom('[\n# in3\n"A",\n\n"B" # in4\n]'),
};

const fileText = fc.record({
  keys: fc.subarray(Object.keys(KEYS), { minLength: 0 }),
  values: fc.tuple(...Object.values(KEYS)),
  comments: fc.infiniteStream(fc.constantFrom("", "", "\n", "# @\n", "\n# @\n#@\n", "\t# @ [x]\n")),
  tails: fc.infiniteStream(fc.constantFrom("", "", " # @", "#@ = 1", "   ")),
  eol: fc.constantFrom("\n", "\n", "\r\n"),
  tables: fc.shuffledSubarray(["model", "limits", "commands", "providers.lab", "environment"], {
    minLength: 5,
  }),
}).map(({ keys, values, comments, tails, eol, tables }) => {
  let count = 0;
  const comment = (stream: fc.Stream<string>) =>
    String(stream.next().value ?? "").replaceAll("@", () => `note${count++}.`);
  let text = comment(comments);
  for (const table of tables) {
    const own = keys.filter((key) => key.startsWith(`${table}.`));
    if (own.length === 0) continue;
    text += `${comment(comments)}[${table}]${comment(tails)}\n`;
    for (const key of own) {
      const value = values[Object.keys(KEYS).indexOf(key)];
      text += `${comment(comments)}${key.slice(table.length + 1)} = ${value}${comment(tails)}\n`;
    }
  }
  return (text + comment(comments)).replaceAll("\n", eol);
});

const change = fc.constantFrom<[string, ...string[]]>(
  ["model.name", "new # name"],
  ["model.provider", "openai"],
  ["model.max_output_tokens", "77"],
  ["limits.iterations", "99"],
  ["limits.cpu_s", "99"],
  ["commands.allow", "git status", "ls"],
  ["commands.allow", '["a", "b", "c"]'],
  ["commands.allow", "[]"],
  ["commands.without_sandbox", "true"],
  ["providers.lab.model", 'say "x"'],
  ["providers.lab.api_key", "${OTHER}"],
  ["providers.other.model", "o"],
  ["environment.trust", "A", "C", "B"],
  ["approvals.timeout_s", "0"],
);

Deno.test("property: set then get gives the value, every comment and every other key stays", () => {
  fc.assert(
    fc.property(fileText, change, (text, [key, ...words]) => {
      const before = parse(text);
      const path = keyPath(key);
      const value = valueFromWords(path, words);
      const out = setKey(text, path, value, "config.toml");
      const after = parse(out);
      assert.deepEqual(valueAt(after, path), value);
      for (const [note] of text.matchAll(/note\d+\./g)) assert.ok(out.includes(note), out);
      // Without that key both mean the same.
      const expected = structuredClone(before) as Record<string, Record<string, unknown>>;
      let at: Record<string, unknown> = expected;
      for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
      at[path.at(-1)!] = value;
      assert.deepEqual(after, expected);
      // And it can be taken out again.
      const without = unsetKey(out, path, "config.toml");
      assert.ok(without !== null);
      assert.equal(valueAt(parse(without), path), undefined);
    }),
    { numRuns: 400 },
  );
});

Deno.test("property: any text is changed rightly, or refused with nothing thrown but an AppError", () => {
  const line = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("[limits]", "[[limits]]", "limits = {}", "limits.turn_s = 5", "turn_s = 7"),
    fc.constantFrom('a = """', "b = '''", "# c", "[limits.x]", "[model]", "x = [1,", "]"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      try {
        const out = set(lines.join("\n"), "limits.turn_s", "60");
        assert.equal(valueAt(parse(out), ["limits", "turn_s"]), 60);
      } catch (error) {
        assert.ok(error instanceof AppError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("setKey refuses what the schema refuses, with line and key", () => {
  const refused = (text: string, key: string, ...words: string[]) => {
    try {
      set(text, key, ...words);
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
      return error;
    }
    throw new assert.AssertionError({ message: `accepted: ${key}` });
  };
  assert.equal(
    refused(FILE, "limits.iterations", "0").message,
    'config.toml:8: key "limits.iterations": found 0, allowed a whole number from 1 to 10000',
  );
  assert.match(
    refused(FILE, "commands.without_sandbox", "yes").message,
    /found "yes", allowed true/,
  );
  assert.match(refused(FILE, "model.nmae", "x").message, /did you mean "model\.name"\?/);
  assert.match(refused(FILE, "iterations", "1").message, /did you mean "limits\.iterations"\?/);
  assert.match(refused(FILE, "limits", "1").message, /it is a table/);
  assert.match(refused(FILE, "limits.turn_s", "1", "2").message, /takes one value/);
  assert.match(refused("[limits\n", "limits.turn_s", "1").message, /^config\.toml:1:\d+: /);
  const secret = refused(FILE, "model.api_key", "sk-0123456789");
  assert.equal(secret.code, "settings.secret_argument");
  assert.doesNotMatch(`${secret.message} ${secret.hint}`, /0123456789/);
});

Deno.test("unsetKey removes known and unknown keys, and tells when there is none", () => {
  assert.equal(unsetKey(FILE, ["limits", "turn_s"], "config.toml"), null);
  const text = '[limits]\niteration = 3\n[model]\nname = "a" # c\n';
  assert.equal(
    unsetKey(text, ["limits", "iteration"], "c"),
    '[limits]\n\n[model]\nname = "a" # c\n',
  );
});

Deno.test("newOpenings names what a change opens, once", () => {
  const file = (text: string) => parseConfig(text, "config.toml").file;
  const open = file('commands = { allow = ["*"], without_sandbox = true }');
  assert.deepEqual(newOpenings(file(""), open), [
    "commands.allow: every program runs without a question",
    "commands.without_sandbox: commands reach all that you reach where no sandbox is",
  ]);
  assert.deepEqual(newOpenings(open, open), []);
  assert.deepEqual(newOpenings(open, file("")), []);
});

const EXAMPLES: Record<string, string> = {
  accounts: "claude",
  providers: "lab",
  patterns: "ticket",
  mcpServers: "docs",
  channels: "telegram",
  env: "DOCS_TOKEN",
  headers: "Authorization",
  agents: "mine",
  http_profiles: "work",
  webhooks: "ops",
};

Deno.test("the example is valid as it is, and with every key switched on", () => {
  const text = configExample();
  const nothing = parseConfig("", "config.toml").file;
  assert.deepEqual(parseConfig(text, "config.toml").file, nothing);
  const on = text.split("\n").map((line) => line.replace(/^#(?! )/, "")).join("\n");
  const { file, isSet } = parseConfig(on, "config.toml");
  for (const { key, standard, description } of keyRows()) {
    const named = key.split(".").map((part, at, all) =>
      part === "<name>" ? EXAMPLES[all[at - 1] ?? ""] ?? "" : part
    ).join(".");
    assert.ok(isSet(named), key);
    if (standard !== undefined) assert.deepEqual(valueAt(file, named.split(".")), standard);
    assert.ok(text.replace(/\n# /g, " ").includes(description), key);
  }
});
