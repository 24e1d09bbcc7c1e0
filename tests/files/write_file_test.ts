import assert from "node:assert/strict";
import { failsWith, workspace } from "./file_kit.ts";

const DRIVER = new URL("./call_driver.ts", import.meta.url).pathname;
const AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
const NOBODY_ENV = { DENO_DIR: "/nonexistent", HOME: "/nonexistent" };

/** Whether this machine lets the test do what it needs. */
function runs(program = "", ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, env: NOBODY_ENV }).outputSync().success;
  } catch {
    return false;
  }
}

/** Asserts the expected fields of each answer; Deno 2.4 has no partialDeepStrictEqual. */
function holds(answers: Record<string, unknown>[], expected: Record<string, unknown>[]): void {
  const picked = answers.map((answer, at) =>
    Object.fromEntries(Object.keys(expected[at] ?? {}).map((key) => [key, answer[key]]))
  );
  assert.deepEqual(picked, expected);
}

const mode = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
const names = async (path: string) =>
  (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();

Deno.test("write: makes parent folders, leaves no temp file", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/a/b/c.txt`;
  const made = await ws.hands.writeFile({ path, content: "hello\n" });
  assert.deepEqual([made.created, made.sizeBytes, made.atomic], [true, 6, true]);
  assert.deepEqual([made.before, made.after], [null, "hello\n"]);
  assert.equal(await Deno.readTextFile(path), "hello\n");
  const again = await ws.hands.writeFile({ path, content: "bye" });
  assert.deepEqual([again.created, again.before, again.after], [false, "hello\n", "bye"]);
  assert.deepEqual(await names(`${ws.root}/a/b`), ["c.txt"]);
});

Deno.test("write: mode is kept, also an odd one, and set-id bits go", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/tool`;
  await Deno.writeTextFile(path, "x");
  for (const bits of [0o755, 0o640, 0o600, 0o777, 0o4755]) {
    await Deno.chmod(path, bits);
    await ws.hands.writeFile({ path, content: `${bits}` });
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o7777, bits & 0o777);
    await ws.hands.editFile({ path, edits: [{ oldText: `${bits}`, newText: "x" }] });
    assert.equal(await mode(path), bits & 0o777);
  }
});

Deno.test("write: a CR LF file stays one, a mark and UTF-16 stay too", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/f`;
  await Deno.writeTextFile(path, "\uFEFFa\r\nb\r\n");
  await ws.hands.writeFile({ path, content: "c\nd\n" });
  assert.deepEqual(await Deno.readFile(path), new TextEncoder().encode("\uFEFFc\r\nd\r\n"));
  await Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0x61, 0x00]));
  await ws.hands.writeFile({ path, content: "bc" });
  assert.deepEqual([...await Deno.readFile(path)], [0xff, 0xfe, 0x62, 0, 0x63, 0]);
  // Written on purpose: what the model gives with CR, or over mixed line ends, is taken as it is.
  await Deno.writeTextFile(path, "a\r\nb\n");
  await ws.hands.writeFile({ path, content: "c\nd\n" });
  assert.equal(await Deno.readTextFile(path), "c\nd\n");
});

Deno.test("write: a reader in parallel sees the old or the new content, never a part", async () => {
  await using ws = await workspace();
  const path = `${ws.root}/shared`;
  const contents = ["a".repeat(300_000), "b".repeat(200_000)];
  await Deno.writeTextFile(path, contents[0]!);
  let writing = true;
  let reads = 0;
  const reader = (async () => {
    while (writing) {
      const text = await Deno.readTextFile(path);
      assert(contents.includes(text), `a part was read: ${text.length} characters`);
      reads++;
    }
  })();
  for (let round = 0; round < 60; round++) {
    await ws.hands.writeFile({ path, content: contents[round % 2]! });
  }
  writing = false;
  await reader;
  assert(reads > 10);
});

Deno.test("write: through a link the target changes and the link stays", async () => {
  await using ws = await workspace();
  await Deno.mkdir(`${ws.root}/real`);
  await Deno.writeTextFile(`${ws.root}/real/f`, "old");
  await Deno.symlink("real/f", `${ws.root}/link`);
  await ws.hands.writeFile({ path: `${ws.root}/link`, content: "new" });
  assert((await Deno.lstat(`${ws.root}/link`)).isSymlink);
  assert.equal(await Deno.readTextFile(`${ws.root}/real/f`), "new");
  // A link to nothing yet: its target is made.
  await Deno.symlink("real/made", `${ws.root}/ahead`);
  await ws.hands.writeFile({ path: `${ws.root}/ahead`, content: "made" });
  assert((await Deno.lstat(`${ws.root}/ahead`)).isSymlink);
  assert.equal(await Deno.readTextFile(`${ws.root}/real/made`), "made");
});

Deno.test("write: a folder, a path below a file, a name that is too long", async () => {
  await using ws = await workspace();
  await Deno.writeTextFile(`${ws.root}/file`, "x");
  const write = (path: string) => ws.hands.writeFile({ path, content: "" });
  await failsWith("files.is_folder", write(ws.root));
  await failsWith("files.not_a_folder", write(`${ws.root}/file/below`));
  await failsWith("files.name_too_long", write(`${ws.root}/${"n".repeat(256)}`));
  assert.deepEqual(await names(ws.root), ["file"]);
});

Deno.test({
  name: "write: read-only and full disks say so and leave the old content",
  ignore: !runs("unshare", "-m", "true"),
  async fn() {
    await using ws = await workspace();
    const script = `set -e
      mkdir ro full; echo old >mounted
      mount -t tmpfs none ro; echo old >ro/f; mount -o remount,ro ro
      mount -t tmpfs -o size=40k none full; echo old >full/f
      mount --bind mounted mounted
      "$0" run -q --no-lock -A "$@"
      cat ro/f full/f mounted; ls -A full`;
    const calls = ["ro/f", "full/f", "mounted"].map((path) => [
      "writeFile",
      { path: `${ws.root}/${path}`, content: "n".repeat(path === "mounted" ? 3 : 60_000) },
    ]);
    const run = await new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", script, Deno.execPath(), DRIVER, JSON.stringify(calls)],
      cwd: ws.root,
    }).output();
    assert(run.success, new TextDecoder().decode(run.stderr));
    const [answers, files] = new TextDecoder().decode(run.stdout).split(/(?<=\])(?=old)/);
    holds(JSON.parse(answers ?? ""), [
      { code: "files.read_only" },
      { code: "files.no_space" },
      // What is a mount by itself, as a grant of one file is, can only be filled.
      { atomic: false, after: "nnn" },
    ]);
    assert.equal(files, "old\nold\nnnnf\n");
  },
});

Deno.test({
  name: "write: an unprivileged user is told of permissions, a locked file stays",
  ignore: !runs(...AS_NOBODY, Deno.execPath(), "run", "-q", "--no-lock", "-A", DRIVER),
  async fn() {
    await using ws = await workspace();
    await Deno.chmod(ws.top, 0o755);
    await Deno.mkdir(`${ws.root}/locked`);
    for (const name of ["theirs", "secret", "locked/mine"]) {
      await Deno.writeTextFile(`${ws.root}/${name}`, "old");
    }
    await Deno.chmod(`${ws.root}/secret`, 0o600);
    await Deno.chown(`${ws.root}/locked/mine`, 65534, 65534);
    const calls = [
      ["writeFile", { path: `${ws.root}/theirs`, content: "x" }],
      ["readFile", { path: `${ws.root}/secret` }],
      ["writeFile", { path: `${ws.root}/new`, content: "x" }],
      ["writeFile", { path: `${ws.root}/locked/mine`, content: "x" }],
      ["searchFiles", { path: ws.root, pattern: "old" }],
    ];
    const [program = "", ...args] = [...AS_NOBODY, Deno.execPath(), "run", "-q", "--no-lock", "-A"];
    const run = await new Deno.Command(program, {
      args: [...args, DRIVER, JSON.stringify(calls)],
      env: NOBODY_ENV,
    }).output();
    assert(run.success, new TextDecoder().decode(run.stderr));
    holds(JSON.parse(new TextDecoder().decode(run.stdout)), [
      { code: "files.denied" },
      { code: "files.denied" },
      { code: "files.denied" },
      // The file may be written, its folder may not.
      { atomic: false },
      { filesSearched: 2, unreadable: 1, matches: [{ path: "theirs", line: 1, text: "old" }] },
    ]);
    assert.equal(await Deno.readTextFile(`${ws.root}/theirs`), "old");
    assert.equal(await Deno.readTextFile(`${ws.root}/locked/mine`), "x");
  },
});

Deno.test("write: 200 odd names are written, listed, found, read and edited", async () => {
  await using ws = await workspace();
  const pieces = [
    "a b",
    "-rf",
    "--",
    "é",
    "日本",
    "😀",
    "#",
    "'q'",
    '"d"',
    "$x",
    "*",
    "[a]",
    "{b}",
  ];
  const odd = [
    "n".repeat(255),
    "é".repeat(127),
    " lead",
    "trail ",
    "tab\tname",
    "line\nfeed",
    "back\\slash",
    "%20",
    "a;b",
    "a|b",
    "~home",
    "...",
    "\u202Eright-to-left",
    "e\u0301",
    "é",
  ];
  for (const a of pieces) for (const b of pieces) odd.push(`${a}${b}`, `${a}.${b}.md`);
  const chosen = [...new Set(odd)].slice(0, 200);
  assert.equal(chosen.length, 200);
  for (const name of chosen) {
    const path = `./${name}`;
    assert((await ws.run("write", { path, content: name })).ok, name);
    assert((await ws.run("edit", { path, edits: [{ old: name, new: name + "!" }] })).ok, name);
    assert.equal(await Deno.readTextFile(`${ws.root}/${name}`), name + "!");
    assert((await ws.run("read", { path })).ok, name);
  }
  const listed = await ws.hands.listFiles({ path: ws.root });
  assert.deepEqual(listed.entries.map(({ path }) => path).sort(), [...chosen].sort());
  // One line an entry, whatever the name.
  assert.equal((await ws.run("list", {})).content.split("\n").length, 200);
  assert.equal(
    (await ws.hands.findFiles({ path: ws.root, pattern: { regex: "", on: "name" } })).paths.length,
    200,
  );
});

Deno.test("write: the tool tells the diff, the effect and the access", async () => {
  await using ws = await workspace();
  const made = await ws.run("write", { path: "n/a.md", content: "one\ntwo\n" });
  assert.equal(made.content, "created n/a.md: 2 lines, 8 bytes");
  assert.deepEqual(made.effects, ["write n/a.md"]);
  const changed = await ws.run("write", { path: "n/a.md", content: "one\n2\n" });
  assert.match(
    changed.diff ?? "",
    /^--- a\/n\/a\.md\n\+\+\+ b\/n\/a\.md\n@@[^\n]*\n one\n-two\n\+2\n$/,
  );
  const huge = await ws.run("write", { path: "huge", content: "x\n".repeat(200_000) });
  assert.deepEqual([huge.ok, huge.diff], [true, undefined]);
});
