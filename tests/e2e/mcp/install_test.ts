/** `ward mcp install`: files of editors in a home that is thrown away. */
import { deepEqual, equal, match } from "node:assert/strict";
import { parse } from "jsonc-parser";
import { serveSelf } from "../kit/mcp_client.ts";
import { makeScratch, ward } from "../kit/ward_process.ts";

Deno.test("install writes an entry that starts this ward, keeps the old file, and does so once", async () => {
  using scratch = makeScratch();
  const folder = `${scratch.folder}/user/.config/zed`;
  Deno.mkdirSync(folder, { recursive: true });
  // As with dotfiles: the file is elsewhere.
  const real = `${scratch.folder}/settings.json`;
  const before =
    '{\n  // theme\n  "theme": "One", // dark\n  "context_servers": {\n    "x": {"env": {"TOKEN": "sk-abcdefghijklmnopqrstuv"}},\n  },\n}\n';
  Deno.writeTextFileSync(real, before, { mode: 0o640 });
  Deno.symlinkSync(real, `${folder}/settings.json`);
  const args = ["-w", scratch.workspace, "mcp", "install", "zed"];
  const asked = await ward(scratch, args);
  equal(asked.code, 2);
  match(asked.stderr, /\+ {4}"ward": \{/);
  match(asked.stderr, /--yes/);
  equal(asked.stderr.includes("sk-abc"), false, asked.stderr);
  equal((await ward(scratch, [...args, "--dry-run"])).stdout, "Nothing was written\n");
  equal(Deno.readTextFileSync(real), before);
  const done = await ward(scratch, [...args, "--yes", "--json"]);
  const { backup, file } = JSON.parse(done.stdout);
  equal(file, `${folder}/settings.json`);
  equal(Deno.readTextFileSync(backup), before);
  equal(Deno.statSync(backup).mode! & 0o777, 0o600);
  equal(Deno.statSync(real).mode! & 0o777, 0o640);
  equal(Deno.lstatSync(`${folder}/settings.json`).isSymlink, true);
  const text = Deno.readTextFileSync(real);
  match(text, /\/\/ theme\n/);
  match(text, /\/\/ dark/);
  const { command, args: start } = parse(text).context_servers.ward;
  deepEqual(start.slice(-5), ["-w", scratch.workspace, "mcp", "serve", "self"]);
  match((await ward(scratch, args)).stdout, /has this ward already/);
  await using served = await serveSelf(scratch, { form: [command, ...start.slice(0, -5)] });
  equal(served.client.getServerVersion()?.name, "ward");
});

Deno.test("install refuses a file that is no JSON, and an editor that it does not know", async () => {
  using scratch = makeScratch();
  const file = `${scratch.workspace}/.mcp.json`;
  Deno.writeTextFileSync(file, "{ not json");
  const broken = await ward(scratch, ["mcp", "install", "claude-code", "--yes"]);
  equal(broken.code, 2);
  match(broken.stderr, /Cannot read .*\.mcp\.json": line 1/);
  equal(Deno.readTextFileSync(file), "{ not json");
  const unknown = await ward(scratch, ["mcp", "install", "cursr"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /did you mean "cursor"/);
});
