/** `ward sessions`, as a user runs it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { lockSession } from "../../../src/host/process/session_lock.ts";
import { inTerminal } from "../kit/terminal.ts";
import { ask, makeScratch, runWard, type Scratch, SOURCE } from "../kit/ward_process.ts";
import { machineParts } from "../../machine_parts.ts";

const ward = (scratch: Scratch, ...args: string[]) =>
  runWard(["sessions", ...args], { env: scratch.env, cwd: scratch.workspace });

Deno.test("sessions are listed, shown, searched, exported, resumed and deleted", async () => {
  using scratch = makeScratch({ "notes.md": "buy pomegranates\n" });
  equal((await ask(scratch, "read notes.md")).code, 0);
  equal((await ask(scratch, "what is in this folder?")).code, 0);

  const listed = JSON.parse((await ward(scratch, "list", "--json")).stdout);
  deepEqual(listed.map(({ title }: { title: string }) => title), [
    "what is in this folder?",
    "read notes.md",
  ]);
  const [other, { id }] = listed;
  const cost = await runWard(["cost", "--session", id, "--json"], { env: scratch.env });
  const { total, lines } = JSON.parse(cost.stdout);
  deepEqual([lines[0].provider, total.calls, total.usd, total.unpriced], ["builtin", 2, 0, 0]);

  const shown = await ward(scratch, "show", id.slice(0, -1));
  match(shown.stdout, /^you .*\n {2}read notes\.md$/m);
  match((await ward(scratch, "search", "pomegran")).stdout, new RegExp(`^${id} `));

  const exported = await ward(scratch, "export", id, "--format", "json", "-o", "out.json");
  equal(exported.stdout, "");
  const path = `${scratch.workspace}/out.json`;
  equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  const document = JSON.parse(Deno.readTextFileSync(path));
  equal(document.session.id, id);
  equal(document.messages.length, 4);
  match((await ward(scratch, "export", id)).stdout, /^# read notes\.md$[^]*buy pomegranates/m);
  const nowhere = await ward(scratch, "export", id, "-o", "no/where.md");
  equal(nowhere.code, 2);
  match(nowhere.stderr, /where\.md": its folder does not exist\n {2}Name a file/);
  match((await ward(scratch, "export", id, "-o", ".", "--force")).stderr, /: it is a folder\n/);
  Deno.writeTextFileSync(path, "mine");
  const again = await ward(scratch, "export", id, "-o", "out.json");
  deepEqual([again.code, Deno.readTextFileSync(path)], [2, "mine"]);
  match(again.stderr, /is there already; nothing was written\n {2}Add --force/);
  equal((await ward(scratch, "export", id, "-o", "out.json", "--force")).code, 0);
  match(Deno.readTextFileSync(path), /^# read notes\.md/);

  const resumed = await ward(
    scratch,
    ...["resume", id.slice(0, -1), "-w", scratch.workspace, "-m", "read notes.md"],
  );
  equal(resumed.code, 0, resumed.stderr);
  match(resumed.stdout, /pomegranates/);

  equal((await ward(scratch, "show")).code, 2, "no id, and nobody to ask");
  const unasked = await ward(scratch, "delete", id);
  equal(unasked.code, 2);
  match(unasked.stderr, /--yes/);
  {
    using _inUse = await lockSession(`${scratch.home}/data`, id, 0);
    equal((await ward(scratch, "delete", other.id, id, "--yes")).code, 2);
  }
  const outputs = `${scratch.home}/data/tool-output`;
  const [folder] = [...Deno.readDirSync(outputs)].map(({ name }) => name);
  for (const one of [id, other.id]) {
    Deno.mkdirSync(`${outputs}/${folder}/${one}`, { recursive: true });
    Deno.writeTextFileSync(`${outputs}/${folder}/${one}/x-run.txt`, "whole output");
  }
  const deleted = await ward(scratch, "delete", id, "--yes");
  equal(deleted.code, 0, deleted.stderr);
  const left = [...Deno.readDirSync(`${outputs}/${folder}`)].map(({ name }) => name);
  deepEqual([left.includes(id), left.includes(other.id)], [false, true]);
  equal((await ward(scratch, "show", id)).code, 2);
  equal((await ward(scratch, "search", "pomegranates")).stdout, "Nothing found\n");
  const audit = await runWard(["audit", "--json"], { env: scratch.env });
  ok(JSON.parse(audit.stdout).some((row: { sessionId: string }) => row.sessionId === id));
});

Deno.test({
  name: "deleting asks in a terminal, and no key but y is a yes",
  ignore: !(await machineParts())["tmux"]?.present,
  async fn() {
    using scratch = makeScratch();
    await ask(scratch, "help");
    const { stdout } = await ward(scratch, "list", "--json");
    const [{ id }] = JSON.parse(stdout);
    const options = { env: scratch.env, cwd: scratch.workspace };
    await inTerminal([...SOURCE, "sessions", "delete", id], options, async (pane) => {
      await pane.waitFor("Delete 1 session for good? [y/N]");
      await pane.type("Enter");
      await pane.waitFor("EXIT=1");
    });
    await inTerminal([...SOURCE, "sessions", "delete"], options, async (pane) => {
      await pane.waitFor("Which session");
      await pane.type("Enter");
      await pane.waitFor("[y/N]");
      await pane.type("y");
      await pane.waitFor("Deleted 1 session");
    });
    equal((await ward(scratch, "list")).stdout, "No sessions yet\n");
  },
});
