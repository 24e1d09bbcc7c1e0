import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "smol-toml";
import { keyLines } from "../../src/kernel/settings/key_lines.ts";

/** A text with the lines its keys were written on. */
interface Written {
  lines: string[];
  expected: [(string | number)[], number][];
}

const bareKey = fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/);
const quotedKey = fc.constantFrom('"a b"', "'x.y'", '"tab\\there"', '"\\u0041\\"q"', "'#'");
const anyKey = fc.oneof({ weight: 4, arbitrary: bareKey }, { weight: 1, arbitrary: quotedKey });

const scalar = fc.constantFrom(
  "1",
  "true",
  "1979-05-27T07:32:00Z",
  '"text # no comment"',
  '"quote \\" [x] = {"',
  "'literal \\'",
  '"""one\n[not.a.table]\nkey = 1\n"""',
  "'''\n# x\n[[y]]\n'''",
  '"""ends in quotes""""',
  '"""a \\\n   b \\""" c"""',
  "[1, 2, # ]\n 3]",
  '["]", \'}\', [ "x = 1" ]]',
);

const inline = fc.tuple(bareKey, scalar).map(([name, value]) => ({ name, value }));

type Value = { type: "plain"; text: string } | { type: "inline"; name: string; text: string };
const value: fc.Arbitrary<Value> = fc.oneof(
  scalar.map((text): Value => ({ type: "plain", text })),
  inline.filter(({ value }) => !value.includes("\n")).map((one): Value => ({
    type: "inline",
    name: one.name,
    text: one.value,
  })),
);

const noise = fc.constantFrom("", "# [comment]", "   ", "\t# a = 1");
const table = fc.record({
  name: anyKey,
  isArray: fc.boolean(),
  before: fc.array(noise, { maxLength: 2 }),
  pairs: fc.uniqueArray(fc.tuple(anyKey, value, fc.boolean()), {
    selector: ([name]) => plainName(name),
    maxLength: 4,
  }),
});

function plainName(written: string): string {
  return Object.keys(parse(`${written} = 1`))[0]!;
}

function write(
  tables: { name: string; isArray: boolean; before: string[]; pairs: [string, Value, boolean][] }[],
): Written {
  const written: Written = { lines: [], expected: [] };
  const lineCount = () => written.lines.join("\n").split("\n").length;
  const add = (text: string) => written.lines.push(text);
  const counts = new Map<string, number>();
  const kinds = new Map<string, boolean>();
  for (const one of tables) {
    const name = plainName(one.name);
    // A name is one table, or an array of tables throughout.
    const isArray = kinds.get(name) ?? one.isArray;
    if (kinds.has(name) && !isArray) continue;
    kinds.set(name, isArray);
    one.before.forEach(add);
    add(isArray ? `[[ ${one.name} ]] # x` : `[${one.name}]`);
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    const path: (string | number)[] = isArray ? [name, index] : [name];
    written.expected.push([path, lineCount()]);
    for (const [key, val, dotted] of one.pairs) {
      const prefix = dotted ? `${key} . inner` : key;
      const full = [...path, plainName(key), ...(dotted ? ["inner"] : [])];
      const text = val.type === "plain" ? val.text : `{ ${val.name} = ${val.text} }`;
      const line = written.lines.length === 0 ? 1 : lineCount() + 1;
      add(`  ${prefix} = ${text} # = "`);
      written.expected.push([full, line]);
      if (val.type === "inline") written.expected.push([[...full, val.name], line]);
    }
  }
  return written;
}

Deno.test("keyLines finds every key of random documents on the line it was written", () => {
  fc.assert(
    fc.property(fc.array(table, { maxLength: 5 }), fc.boolean(), (tables, crlf) => {
      const written = write(tables);
      const text = written.lines.join("\n");
      const source = crlf ? text.replaceAll("\n", "\r\n") : text;
      parse(source);
      const lines = keyLines(source);
      for (const [path, line] of written.expected) {
        assert.equal(lines.lineOf(path), line, `${JSON.stringify(path)} in\n${source}`);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("keyLines ends on any text", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
    keyLines(text).lineOf(["a"]);
  }));
  const marks = fc.array(fc.constantFrom("[", "]", "{", "}", '"', "'", "=", ",", "\n", "a", "\\"));
  fc.assert(fc.property(marks, (parts) => {
    keyLines(parts.join("")).lineOf(["a"]);
  }));
});

Deno.test("keyLines falls back to the nearest parent", () => {
  const lines = keyLines("\n[model]\nname = 1\n");
  assert.equal(lines.lineOf(["model", "name", "deep"]), 3);
  assert.equal(lines.lineOf(["model", "other"]), 2);
  assert.equal(lines.lineOf(["absent"]), null);
});
