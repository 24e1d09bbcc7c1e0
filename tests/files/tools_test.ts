import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { AppError } from "../../src/base/app_error.ts";
import { createHandsClient } from "../../src/compartments/hands/client.ts";
import { toToolSpec } from "../../src/kernel/agent/tool_spec.ts";
import { createFileTools } from "../../src/kernel/tools/files/file_tools.ts";
import { failsWith, workspace } from "./file_kit.ts";

const nowhere = createHandsClient(() => Promise.reject(new AppError("hands.ended", "It ended")));
const tools = createFileTools({ hands: nowhere, workspace: "/w/s" });
const plan = (name: string, args: unknown) => {
  const tool = tools.find((one) => one.name === name)!;
  return tool.plan(tool.schema.parse(args));
};
const run = { signal: new AbortController().signal, decisions: [] };

Deno.test("file tools: names, flags and the cost of the fixed part", () => {
  assert.deepEqual(
    tools.map(({ name, flags }) => [name, flags.readOnly, flags.idempotent]),
    [
      ["read", true, true],
      ["write", false, true],
      ["edit", false, false],
      ["list", true, true],
      ["glob", true, true],
      ["grep", true, true],
      ["overview", true, true],
    ],
  );
  const tokens = encode(JSON.stringify(tools.map(toToolSpec))).length;
  assert(tokens <= 500, `${tokens} tokens`);
});

Deno.test("what a model sees of a tool: every parameter, also one named as a bound; no bounds of length", () => {
  const glob = toToolSpec(tools.find(({ name }) => name === "glob")!).parameters;
  const text = JSON.stringify(glob);
  assert.deepEqual(glob["required"], ["pattern"]);
  assert.match(text, /"pattern":\{"type":"string"/);
  assert.doesNotMatch(JSON.stringify(tools.map(toToolSpec)), /"(?:min|max)Length"|"pattern":"/);
});

Deno.test("file tools: the plan names each access by its absolute path", () => {
  const accesses = (name: string, args: unknown) => plan(name, args).accesses;
  assert.deepEqual(accesses("read", { path: "a/../b" }), [{ permission: "read", path: "/w/s/b" }]);
  assert.deepEqual(accesses("write", { path: "../../etc/x", content: "" }), [
    { permission: "write", path: "/etc/x" },
  ]);
  assert.deepEqual(accesses("edit", { path: "/x//y/.", edits: [] }), [
    { permission: "read", path: "/x/y" },
    { permission: "write", path: "/x/y" },
  ]);
  assert.deepEqual(accesses("list", {}), [{ permission: "read", path: "/w/s" }]);
  assert.deepEqual(accesses("glob", { pattern: "/etc/**/*.conf" }), [
    { permission: "read", path: "/etc" },
  ]);
  assert.deepEqual(accesses("glob", { pattern: "../*/x" }), [{ permission: "read", path: "/w" }]);
  assert.deepEqual(accesses("glob", { pattern: "/*" }), [{ permission: "read", path: "/" }]);
  assert.equal(plan("read", { path: "a\nb" }).title, 'read "a\\nb"');
});

Deno.test("file tools: a glob cannot climb out of the folder that its plan names", async () => {
  await using ws = await workspace();
  await Deno.writeTextFile(`${ws.top}/secret`, "x");
  for (
    const pattern of ["*/../../secret", "{..,x}/secret", "[.][.]/secret", "?./secret", "x/../../*"]
  ) {
    const { content } = await ws.run("glob", { pattern });
    if (pattern.startsWith("x/")) continue; // Its fixed part is resolved, so the plan names it.
    assert(!content.includes("secret") || content.startsWith("["), `${pattern}: ${content}`);
  }
});

Deno.test("file tools: the home, empty paths and NUL are refused with words", () => {
  for (const path of ["~", "~/notes", "~root/x"]) {
    assert.throws(
      () => plan("read", { path }),
      (error) => error instanceof AppError && error.code === "files.home_path",
    );
  }
  assert.throws(() => plan("glob", { pattern: "~/*.md" }), AppError);
  for (const path of ["", "a\0b"]) assert.throws(() => plan("read", { path }), AppError);
  assert.throws(() => plan("glob", { pattern: "a/".repeat(400) }), AppError);
  assert.equal(plan("read", { path: "./~x" }).title, "read ~x");
});

Deno.test("file tools: unknown arguments and wrong types do not fit the schema", () => {
  const bad: [string, unknown][] = [
    ["read", { path: 1 }],
    ["read", { path: "a", offset: 0 }],
    ["read", { path: "a", lines: 3 }],
    ["edit", { path: "a", edits: [{ old: "a", new: "b", replace_all: true }] }],
    ["grep", { pattern: "" }],
  ];
  for (const [name, args] of bad) {
    const tool = tools.find((one) => one.name === name)!;
    assert.equal(tool.schema.safeParse(args).success, false, JSON.stringify(args));
  }
});

Deno.test("file tools: a file's failure is a result, the compartment's is thrown", async () => {
  await using ws = await workspace();
  const missing = await ws.run("read", { path: "none" });
  assert.deepEqual([missing.ok, missing.effects], [false, []]);
  assert.match(missing.content, /does not exist\. List the folder/);
  await failsWith("hands.ended", plan("read", { path: "a" }).execute(run));
});

Deno.test("file tools: property: a resolved path is absolute, normal and stable", () => {
  const part = fc.constantFrom("a", "..", ".", "", "b c", "é", "-x", "~", "...");
  fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
    const path = "./" + parts.join("/");
    const access = plan("read", { path }).accesses[0];
    assert(access?.permission === "read");
    assert.match(access.path, /^\/([^/]+(\/[^/]+)*)?$/);
    assert(!access.path.split("/").some((name) => name === "." || name === ".."));
    assert.deepEqual(plan("read", { path: access.path }).accesses[0], access);
  }));
});
