/** What is running on a profile, seen from another terminal. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { inChat, run, send } from "../kit/chat_kit.ts";
import { inEachForm } from "../kit/forms.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, startWard, ward } from "../kit/ward_process.ts";

inEachForm("status --live: a question, a running call, the end of a turn, a kill", async (form) => {
  using scratch = makeScratch();
  await using service = await startScriptedService(
    [run("sleep 600"), { content: "Done." }],
    { laterTurns: [run("sleep 600"), { content: "never" }] },
  );
  const env = { ...scratch.env, ...service.env };
  await inChat(form, scratch, { env: service.env }, async (chat) => {
    const view = [...form, "status", "--live", "-w", scratch.workspace];
    await inTerminal(view, { env, cwd: scratch.workspace }, async (pane) => {
      const idle = await pane.waitFor("waits for a message");
      match(idle, /^ward \d+\.\d+\.\d+ · profile default · mode default · /);
      match(idle, /today \(\d{4}-\d\d-\d\d UTC\): no model call/);
      match(idle, /1 conversation open, 0 at work/);
      await send(chat, "follow it");
      await chat.waitFor("[d]eny");
      const asked = await pane.waitFor("? waits for an answer in its terminal: run sleep 600");
      match(asked, /turn 1 for \d+ s, 1 model call, \d+ in, \d+ out/);
      match(asked, /follow it/);
      await chat.type("o");
      await pane.waitFor("… run sleep 600");
      await pane.resize(60, 10);
      await pane.waitUntil("a small view", (now) => /^… \d+ more rows/m.test(now));
      await pane.resize(110, 45);
      await chat.type("C-c");
      await pane.waitFor("0 at work");
      await send(chat, "again");
      await chat.waitFor("[d]eny");
      await pane.waitFor("turn 2 for");
      const pid = Number(/process (\d+)/.exec(await pane.screen())![1]);
      Deno.kill(pid, "SIGKILL");
      const gone = await pane.waitFor("No conversation is open on this profile");
      doesNotMatch(gone, /waits for/);
      await pane.type("q");
      const left = await pane.waitFor("EXIT=0");
      doesNotMatch(left, /No conversation/);
    });
  });
});

Deno.test("status --live --json: one object a line when something changed, until it is stopped", async () => {
  using scratch = makeScratch({ "notes.md": "x" });
  const holds = Promise.withResolvers<void>();
  await using service = await startScriptedService([
    { calls: [{ name: "read", arguments: { path: "notes.md" } }] },
    { content: "Read." },
  ], { onRequest: (count) => count === 2 ? holds.promise : undefined });
  const env = { ...scratch.env, ...service.env };
  const live = startWard(["status", "--live", "--json"], { env, cwd: scratch.workspace });
  await live.printed('"conversations":[]');
  const agent = startWard(["agent", "-w", scratch.workspace, "-m", "read it"], { env });
  // The second call is held back: the turn has one model call that ended.
  await live.printed('"modelCalls":1');
  holds.resolve();
  equal((await agent.done).code, 0);
  await live.printed('"calls":2');
  live.child.kill("SIGINT");
  const { code, stdout, stderr } = await live.done;
  deepEqual([code, stderr], [130, ""]);
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  ok(events.every(({ type, atMs }) => type === "live" && typeof atMs === "number"));
  const working = events.find(({ conversations: [one] }) => one?.turn?.modelCalls === 1);
  const [one] = working.conversations;
  deepEqual([one.title, one.workspace, one.turn.number], ["read it", scratch.workspace, 1]);
  equal(one.holder.pid, agent.child.pid);
  equal(working.today.sum.calls, 1);
  equal(events.at(-1).conversations.length, 0);
});

Deno.test("status --live without a terminal is an error that names the way", async () => {
  using scratch = makeScratch();
  const { code, stdout, stderr } = await ward(scratch, ["status", "--live"]);
  deepEqual([code, stdout], [2, ""]);
  match(stderr, /needs a terminal[^]+ward status --live --json/);
});
