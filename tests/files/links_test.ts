/** Attack: a link in the workspace that leads out of it, in twelve shapes. */
import assert from "node:assert/strict";
import { createRealPathGuard } from "../../src/compartments/hands/files/real_path_guard.ts";
import { confinedWorkspace, failsWith, type Workspace, workspace } from "./file_kit.ts";

const guarded = () => workspace((root) => createRealPathGuard({ read: [root], write: [root] }));

/** Each plants links and names a path through them that means a file outside. */
const SHAPES: readonly [name: string, plant: (ws: Workspace) => Promise<string>][] = [
  ["absolute link to a file", (ws) => link(ws, `${ws.top}/out/secret`, "l")],
  ["relative link to a file", (ws) => link(ws, "../out/secret", "l")],
  ["link to a folder", (ws) => link(ws, `${ws.top}/out`, "d", "d/secret")],
  ["link to the folder above", (ws) => link(ws, "..", "up", "up/out/secret")],
  ["link to the root", (ws) => link(ws, "/", "r", `r${ws.top}/out/secret`)],
  ["link to a link", async (ws) => {
    await link(ws, `${ws.top}/out/secret`, "one");
    return link(ws, "one", "two");
  }],
  ["link through a folder link", async (ws) => {
    await link(ws, "../out", "dir");
    return link(ws, "dir/secret", "l");
  }],
  ["link with .. after a folder inside", (ws) => link(ws, "in/../../out/secret", "l")],
  ["link with .. after a link", async (ws) => {
    await link(ws, `${ws.top}/out/sub`, "in/sub");
    return link(ws, "in/sub/../secret", "l");
  }],
  ["link to something not there yet", (ws) => link(ws, `${ws.top}/out/new`, "l")],
  ["folder link to something not there yet", (ws) => link(ws, `${ws.top}/out/made`, "d", "d/new")],
  ["link to a sibling that begins like the workspace", async (ws) => {
    await Deno.mkdir(`${ws.root}-not`);
    await Deno.writeTextFile(`${ws.root}-not/secret`, "SECRET");
    return link(ws, "../work-not/secret", "l");
  }],
];

async function link(ws: Workspace, target: string, name: string, path = name): Promise<string> {
  await Deno.symlink(target, `${ws.root}/${name}`);
  return path;
}

async function outside(ws: Workspace): Promise<void> {
  await Deno.mkdir(`${ws.top}/out/sub`, { recursive: true });
  await Deno.mkdir(`${ws.root}/in`);
  await Deno.writeTextFile(`${ws.top}/out/secret`, "SECRET");
}

/** Everything outside the workspace, as one text. */
async function snapshot(folder: string, leaveOut: string): Promise<string> {
  const lines: string[] = [];
  for (const entry of await Array.fromAsync(Deno.readDir(folder))) {
    const path = `${folder}/${entry.name}`;
    if (path === leaveOut) continue;
    lines.push(path + (entry.isFile ? `=${await Deno.readTextFile(path)}` : ""));
    if (entry.isDirectory) lines.push(await snapshot(path, leaveOut));
  }
  return lines.sort().join("\n");
}

/** Tries every method through a path; gives what came back. */
async function tryAll(ws: Workspace, path: string): Promise<string> {
  const said: string[] = [];
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : path;
  for (
    const [tool, args] of [
      ["read", { path }],
      ["grep", { pattern: ".", path }],
      ["grep", { pattern: ".", path: folder }],
      ["grep", { pattern: "." }],
      ["list", { path: folder, depth: 3 }],
      ["glob", { pattern: "**/secret", path: folder }],
      ["overview", { path: folder }],
      ["edit", { path, edits: [{ old: "SECRET", new: "OWNED" }] }],
      ["write", { path, content: "OWNED" }],
    ] as const
  ) said.push((await ws.run(tool, args)).content);
  return said.join("\n");
}

for (const [kind, make] of [["guard", guarded], ["Deno's lists", confinedWorkspace]] as const) {
  Deno.test(`links: none of 12 shapes leads outside, held by ${kind}`, async (t) => {
    for (const [name, plant] of SHAPES) {
      await t.step(name, async () => {
        await using ws = await make();
        await outside(ws);
        const path = await plant(ws);
        const before = await snapshot(ws.top, ws.root);
        const said = await tryAll(ws, path);
        assert(!said.includes("SECRET"), said);
        assert.equal(await snapshot(ws.top, ws.root), before);
        const refused = (await ws.run("write", { path, content: "x" })).content;
        assert.match(refused, /is a link to ".*", which leads outside what the cell may touch/);
        assert.match(refused, /ward permissions grant write \//);
      });
    }
  });
}

Deno.test("links: control: without guard and lists each shape is reached", async () => {
  for (const [name, plant] of SHAPES) {
    await using ws = await workspace();
    await outside(ws);
    const before = await snapshot(ws.top, ws.root);
    const path = await plant(ws);
    await tryAll(ws, path);
    assert.notEqual(await snapshot(ws.top, ws.root), before, name);
  }
});

Deno.test("links: benign ones work under the guard and the lists", async () => {
  for (const make of [guarded, confinedWorkspace]) {
    await using ws = await make();
    await Deno.mkdir(`${ws.root}/in`);
    await Deno.writeTextFile(`${ws.root}/in/f`, "inside");
    await link(ws, "in/f", "file");
    await link(ws, `${ws.root}/in`, "folder");
    await link(ws, "gone", "dangling");
    assert.equal((await ws.run("read", { path: "file" })).content, "   1\tinside");
    assert.equal((await ws.run("read", { path: "folder/f" })).content, "   1\tinside");
    assert((await ws.run("write", { path: "folder/new/f", content: "x" })).ok);
    assert.equal(await Deno.readTextFile(`${ws.root}/in/new/f`), "x");
    const gone = await ws.run("read", { path: "dangling" });
    assert.match(gone.content, /is a link to "gone", which is gone/);
    assert((await ws.run("write", { path: "dangling", content: "there" })).ok);
    assert.equal(await Deno.readTextFile(`${ws.root}/gone`), "there");
  }
});

Deno.test("links: a path outside without a link is refused with the grant", async () => {
  for (const make of [guarded, confinedWorkspace]) {
    await using ws = await make();
    await outside(ws);
    const path = `${ws.top}/out/secret`;
    const error = await failsWith("files.outside", ws.hands.readFile({ path }));
    assert.equal(error.hint, `Allow it with: ward permissions grant read ${path}`);
    await failsWith(
      "files.outside",
      ws.hands.writeFile({ path: `${ws.top}/out/n/n`, content: "" }),
    );
    await failsWith("files.outside", ws.hands.listFiles({ path: `${ws.top}/out` }));
  }
});

Deno.test("links: the guard keeps names that act later, also through a link", async () => {
  await using ws = await guarded();
  await Deno.mkdir(`${ws.root}/.git`);
  await Deno.writeTextFile(`${ws.root}/.git/config`, "[core]");
  await link(ws, ".git/config", "notes.txt");
  await link(ws, ".git", "folder");
  for (
    const path of ["notes.txt", "folder/config", "folder/hooks/pre-commit", ".GIT/x", ".envrc"]
  ) {
    assert.equal((await ws.run("write", { path, content: "x" })).ok, false, path);
  }
  assert.equal((await ws.run("read", { path: "notes.txt" })).content, "   1\t[core]");
  // Granted by name.
  const guard = createRealPathGuard({ read: [], write: [ws.root, `${ws.root}/.envrc`] });
  guard(`${ws.root}/.envrc`, "write");
});

Deno.test("links: circles end with an error", async () => {
  await using ws = await guarded();
  await link(ws, "b", "a");
  await link(ws, "a", "b");
  await link(ws, "self/x", "self");
  for (const path of ["a", "a/x", "self"]) {
    await failsWith("files.loop", ws.hands.readFile({ path: `${ws.root}/${path}` }));
    await failsWith("files.loop", ws.hands.writeFile({ path: `${ws.root}/${path}`, content: "" }));
  }
});
