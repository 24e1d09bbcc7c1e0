import assert from "node:assert/strict";
import { failsWith, type Workspace, workspace } from "./file_kit.ts";

async function tree(ws: Workspace, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const at = `${ws.root}/${path}`;
    await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(at, content);
  }
}

const PROJECT = {
  "README.md": "# Thing\n\nDoes things.\n",
  "deno.json": "{}",
  "src/main.ts": "export const answer = 42;\n",
  "src/deep/er/util.ts": "// answer\nconst a = 1;\r\nconst answer = a;\n",
  "docs/answer.md": "The Answer\n",
  ".git/config": "answer",
  ".github/ci.yml": "answer: yes\n",
  "node_modules/p/index.js": "answer",
  "src/node_modules/q/index.js": "answer",
};

Deno.test("list: one level, names in order, sizes, links named", async () => {
  await using ws = await workspace();
  await tree(ws, PROJECT);
  await Deno.symlink("src", `${ws.root}/also`);
  const { content } = await ws.run("list", {});
  assert.deepEqual(content.split("\n"), [
    ".git/",
    ".github/",
    "README.md\t22",
    "also\tlink",
    "deno.json\t2",
    "docs/",
    "node_modules/",
    "src/",
  ]);
  assert.equal((await ws.run("list", { path: "src/deep" })).content, "src/deep/er/");
});

Deno.test("list: by depth, skipped folders and links are not entered", async () => {
  await using ws = await workspace();
  await tree(ws, PROJECT);
  await Deno.symlink("..", `${ws.root}/src/up`);
  const deep = await ws.hands.listFiles({ path: ws.root, depth: 9 });
  const paths = deep.entries.map(({ path }) => path);
  assert(paths.includes("src/deep/er/util.ts") && paths.includes("node_modules"));
  assert(!paths.some((path) => /up\/|node_modules\/|\.git\//.test(path)), paths.join());
  const asked = await ws.run("list", { path: "node_modules", depth: 3 });
  assert.match(asked.content, /node_modules\/p\/index\.js/);
});

Deno.test("list: what is not there or no folder is an error, an empty folder is said", async () => {
  await using ws = await workspace();
  await tree(ws, { "f": "x" });
  await failsWith("files.not_found", ws.hands.listFiles({ path: `${ws.root}/none` }));
  await failsWith("files.not_a_folder", ws.hands.listFiles({ path: `${ws.root}/f` }));
  await Deno.mkdir(`${ws.root}/empty`);
  assert.equal((await ws.run("list", { path: "empty" })).content, "[empty folder]");
});

Deno.test("glob: by name in all folders, by path from a fixed folder, newest first", async () => {
  await using ws = await workspace();
  await tree(ws, PROJECT);
  await Deno.utime(`${ws.root}/src/main.ts`, 1000, 1000);
  await Deno.utime(`${ws.root}/src/deep/er/util.ts`, 2000, 2000);
  // Files that are made in one breath have no order by time.
  await Deno.utime(`${ws.root}/node_modules/p/index.js`, 4000, 4000);
  await Deno.utime(`${ws.root}/src/node_modules/q/index.js`, 3000, 3000);
  const glob = async (pattern: string, path?: string) =>
    (await ws.run("glob", { pattern, ...(path ? { path } : {}) })).content.split("\n");
  assert.deepEqual(await glob("*.ts"), ["src/deep/er/util.ts", "src/main.ts"]);
  assert.deepEqual(await glob("src/*.ts"), ["src/main.ts"]);
  assert.deepEqual(await glob("**/*.ts", "src/deep"), ["src/deep/er/util.ts"]);
  assert.deepEqual(await glob("./src/**/*.{js,ts}"), ["src/deep/er/util.ts", "src/main.ts"]);
  assert.deepEqual(await glob(`${ws.root}/docs/*`), ["docs/answer.md"]);
  assert.deepEqual(await glob("src/main.ts"), ["src/main.ts"]);
  assert.deepEqual(
    await glob("**/node_modules/**/*.js"),
    ["node_modules/p/index.js", "src/node_modules/q/index.js"],
  );
  assert.deepEqual(await glob("config"), ["[no file matches]"]);
  assert.deepEqual(await glob("*.yml"), [".github/ci.yml"]);
});

Deno.test("grep: paths, lines and text; include, case, one file", async () => {
  await using ws = await workspace();
  await tree(ws, PROJECT);
  const grep = async (args: Record<string, unknown>) =>
    (await ws.run("grep", args)).content.split("\n");
  assert.deepEqual(await grep({ pattern: "answer" }), [
    ".github/ci.yml:1: answer: yes",
    "src/deep/er/util.ts:1: // answer",
    "src/deep/er/util.ts:3: const answer = a;",
    "src/main.ts:1: export const answer = 42;",
  ]);
  assert.deepEqual(await grep({ pattern: "^the", ignore_case: true, include: "*.md" }), [
    "docs/answer.md:1: The Answer",
  ]);
  assert.deepEqual(await grep({ pattern: "= 1;$", path: "src" }), [
    "src/deep/er/util.ts:2: const a = 1;",
  ]);
  assert.deepEqual(await grep({ pattern: "42", include: "src/*.ts" }), [
    "src/main.ts:1: export const answer = 42;",
  ]);
  assert.deepEqual(await grep({ pattern: "\\d+", path: "src/main.ts" }), [
    "src/main.ts:1: export const answer = 42;",
  ]);
  assert.deepEqual(await grep({ pattern: "nowhere to be found" }), ["[no match in 6 files]"]);
});

Deno.test("grep: a pattern that is no regex is searched for as text, and said", async () => {
  await using ws = await workspace();
  await tree(ws, { "a.c": "x = f(a[0]);\nf(" });
  const literal = await ws.run("grep", { pattern: "f(a[0" });
  assert.equal(
    literal.content,
    "a.c:1: x = f(a[0]);\n[the pattern is no valid regex and was searched for as text]",
  );
  // Not valid with the `u` flag, yet a regular expression.
  assert.equal((await ws.run("grep", { pattern: "\\-|= f" })).content, "a.c:1: x = f(a[0]);");
});

Deno.test("grep: binary and large files are skipped and counted, UTF-16 is read", async () => {
  await using ws = await workspace();
  await tree(ws, { "bin": "needle\0", "ok": "needle", "bad": "" });
  await Deno.writeFile(
    `${ws.root}/bad`,
    new Uint8Array([0xe9, ...new TextEncoder().encode("needle")]),
  );
  await Deno.writeFile(
    `${ws.root}/u16`,
    new Uint8Array([0xff, 0xfe, ...[..."needle"].flatMap((c) => [c.charCodeAt(0), 0])]),
  );
  using file = await Deno.open(`${ws.root}/huge`, { write: true, create: true });
  await file.truncate(1 << 30);
  const { content } = await ws.run("grep", { pattern: "needle" });
  assert.deepEqual(content.split("\n"), [
    "bad:1: \uFFFDneedle",
    "ok:1: needle",
    "u16:1: needle",
    "[1 binary file skipped]",
    "[1 file over 10 MB skipped]",
  ]);
});

Deno.test("grep: long lines are shown around the match, and searched only so far", async () => {
  await using ws = await workspace();
  await tree(ws, { "min.js": "x".repeat(5000) + "needle" + "y".repeat(20_000) + "thread" });
  const found = await ws.hands.searchFiles({ path: ws.root, pattern: "needle" });
  assert.match(found.matches[0]?.text ?? "", /^…x{60}needley+…$/);
  const beyond = await ws.hands.searchFiles({ path: ws.root, pattern: "thread" });
  assert.deepEqual([beyond.matches.length, beyond.longLines], [0, 1]);
});

Deno.test("grep: many matches end the search and say so", async () => {
  await using ws = await workspace();
  await tree(ws, { "a": "x\n".repeat(300), "b": "x" });
  const found = await ws.hands.searchFiles({ path: ws.root, pattern: "x" });
  assert.deepEqual([found.matches.length, found.more], [200, true]);
  const exact = await ws.hands.searchFiles({ path: ws.root, pattern: "x", limit: 301 });
  assert.deepEqual([exact.matches.length, exact.more], [301, false]);
});

Deno.test("overview: types, folders, manifests and the readme", async () => {
  await using ws = await workspace();
  await tree(ws, PROJECT);
  const { content } = await ws.run("overview", {});
  assert.match(content, /^6 files, /);
  for (const part of [".ts: 2 files, ", "src/: 2 files", "  deno.json", "Readme:\n# Thing"]) {
    assert(content.includes(part), content);
  }
});

Deno.test("a folder of 200,000 entries: bounded answers in one order", async () => {
  // In memory where there is such a folder: a disk takes a minute to make them.
  const memory = await Deno.stat("/dev/shm").then(() => "/dev/shm", () => undefined);
  await using ws = await workspace(undefined, memory);
  const script =
    'i=0; while [ $i -lt 200 ]; do i=$((i+1)); eval "touch $(printf "f%03d_{000..999} " $i)"; done';
  const made = await new Deno.Command("bash", { args: ["-c", script], cwd: ws.root }).output();
  assert(made.success);
  const first = await ws.hands.listFiles({ path: ws.root });
  assert.deepEqual([first.entries.length, first.omitted], [1000, 199_000]);
  assert.deepEqual(await ws.hands.listFiles({ path: ws.root }), first);
  assert.equal(first.entries[0]?.path, "f001_000");
  const found = await ws.hands.findFiles({
    path: ws.root,
    pattern: { regex: "_777$", on: "name" },
    limit: 50,
  });
  assert.deepEqual([found.paths.length, found.omitted], [50, 150]);
  const all = await ws.hands.overview({ path: ws.root });
  assert.equal(all.files, 200_000);
  const controller = new AbortController();
  const search = ws.hands.searchFiles({ path: ws.root, pattern: "x" }, {
    signal: controller.signal,
  });
  controller.abort();
  await failsWith("wire.cancelled", search);
});
