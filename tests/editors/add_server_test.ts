import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { addServer } from "../../src/kernel/editors/add_server.ts";
import { editorPath, EDITORS } from "../../src/kernel/editors/editor_table.ts";

const entry = { command: "/usr/bin/ward", args: ["mcp", "serve", "self"] };
const server = { key: "mcpServers", name: "ward", entry };

Deno.test("a server is put among others; comments, order, tabs and line ends stay", () => {
  const before =
    '{\r\n\t// mine\r\n\t"b": 1, /* two */\r\n\t"mcpServers": {\r\n\t\t"x": {}, // keep\r\n\t},\r\n}\r\n';
  const after = addServer(before, server, "f");
  for (const part of ["// mine", "/* two */", "// keep", '\t"b": 1']) {
    equal(after.includes(part), true);
  }
  equal(after.replaceAll("\r\n", "").includes("\n"), false);
  deepEqual(parse(after), { b: 1, mcpServers: { x: {}, ward: entry } });
});

Deno.test("no file, an empty one, and one that has it already", () => {
  for (const text of ["", "\n", "{}"]) {
    deepEqual(JSON.parse(addServer(text, server, "f")), { mcpServers: { ward: entry } });
  }
  const once = addServer("{}", server, "f");
  equal(addServer(once, server, "f"), once);
});

Deno.test("an older entry of ward is replaced whole", () => {
  const old = '{"mcpServers": {"ward": {"command": "old", "env": {"A": "b"}}, "y": 1}}';
  deepEqual(parse(addServer(old, server, "f")), { mcpServers: { ward: entry, y: 1 } });
});

for (
  const [what, text] of [
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a text in the place of servers", '{"mcpServers": "x"}'],
    ["TOML", "a = 1"],
  ] as const
) {
  Deno.test(`refused and left alone: ${what}`, () => {
    throws(() => addServer(text, server, "f"), { code: "editor.broken" });
  });
}

Deno.test("any object keeps everything but the one entry", () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(
      value,
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      fc.constantFrom(0, 1, 2, 4, "\t"),
      (rest, servers, space) => {
        const before = JSON.stringify({ ...rest, mcpServers: servers }, null, space);
        const after: unknown = JSON.parse(addServer(before, server, "f"));
        deepEqual(
          after,
          JSON.parse(JSON.stringify({ ...rest, mcpServers: { ...servers, ward: entry } })),
        );
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("each editor has a file of its own on each system", () => {
  for (const os of ["linux", "darwin", "windows"]) {
    const paths = EDITORS.map((editor) =>
      editorPath(editor, { os, home: "/h", config: null, roaming: null, workspace: "/w" })
    );
    equal(new Set(paths).size, EDITORS.length);
    for (const path of paths) {
      equal(path?.startsWith("/h/") || path === "/w/.mcp.json", true, path ?? "");
    }
  }
});
