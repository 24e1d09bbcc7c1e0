/** T2: background commands, in real cells and, for their bounds, by a run that the test writes. */
import assert from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { systemClock } from "../../src/host/process/system.ts";
import { BackgroundCommands, BackgroundSlots } from "../../src/kernel/tools/commands/background.ts";
import { createCommandTools } from "../../src/kernel/tools/commands/command_tools.ts";
import type { HandsCallOptions, RunOutcome } from "../../src/model/cells/hands.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { grantOf, type HandsKit, makeHands } from "../security/kit/hands_kit.ts";
import { NO_SIGNAL, testEnvironment } from "./support.ts";

/** The tools over a kit's hands. */
function toolsOf(kit: HandsKit, slots = new BackgroundSlots(4)) {
  const background = new BackgroundCommands({ clock: systemClock, slots, timeoutMs: 60_000 });
  const tools = createCommandTools({
    takeRefused: () => Promise.resolve([]),
    takeReached: () => [],
    hostCommand: "ward permissions grant net",
    hands: kit.files,
    workspace: kit.workspace,
    env: testEnvironment(kit.workspace),
    author: { name: null, email: null },
    operators: "allow",
    timeoutMs: 20_000,
    outputLimitBytes: 1_000_000,
    background,
  });
  const call = (name: string, args: unknown): Promise<ToolResult> => {
    const tool = tools.find((one) => one.name === name)!;
    return tool.plan(tool.schema.parse(args)).execute({ signal: NO_SIGNAL, decisions: [] });
  };
  const read = (id: string) => call("background", { action: "read", id, wait_s: 30 });
  return { tools, background, call, read };
}

/** Reads until the text is there. */
async function readUntil(read: () => Promise<ToolResult>, wanted: RegExp): Promise<ToolResult> {
  for (;;) {
    const result = await read();
    if (wanted.test(result.content)) return result;
    assert.match(result.content, /running for/);
  }
}

Deno.test("a background command goes on beside others, gives what is new, and is killed", async () => {
  await using kit = await makeHands({ allow: ["tail", "touch", "cat"] });
  const log = `${kit.workspace}/log`;
  await Deno.writeTextFile(log, "one\n");
  const { call, read } = toolsOf(kit);
  const started = await call("run", { command: "tail -f log", background: true });
  assert.match(started.content, /^Started as b1\. /);
  const first = await read("b1");
  assert.match(first.content, /^\[b1: running for \d+ s\]\none$/);
  // A risky program ends the warm cell; what was wanted in the background runs on.
  assert.equal((await call("run", { command: "touch made" })).ok, true);
  assert.match(
    (await call("background", { action: "list" })).content,
    /^b1: running.*: tail -f log$/,
  );
  await Deno.writeTextFile(log, "two\n", { append: true });
  assert.match((await read("b1")).content, /\ntwo$/);
  const killed = await call("background", { action: "kill", id: "b1" });
  assert.match(killed.content, /^b1: ended after \d+ s: it was killed$/);
  assert.match((await read("b1")).content, /it was killed\]\nno new output$/);
  await assert.rejects(read("b1"), { code: "background.unknown" });
  assert.equal(
    (await call("background", { action: "list" })).content,
    "There are no background commands",
  );
});

Deno.test("attack: a background command plants what acts outside later: set aside at its end", async () => {
  await using kit = await makeHands({ allow: ["cp", "sh"] });
  await Deno.writeTextFile(`${kit.workspace}/x`, "evil");
  const { call, read } = toolsOf(kit);
  await call("run", { command: "cp x .envrc", background: true });
  const end = await readUntil(() => read("b1"), /exit code 0/);
  assert.deepEqual(end.effects, ["run cp x .envrc"]);
  assert.deepEqual(kit.setAside, [`${kit.workspace}/.envrc`]);
  // A line for a shell has its own cell and both streams in order.
  await call("run", { command: "echo out; echo err >&2; exit $((1+2))", background: true });
  const failed = await readUntil(() => read("b2"), /exit code 3\]/);
  assert.equal(failed.ok, false);
});

Deno.test("attack: a background command outlives its grant, its session or its slot: it does not", async () => {
  await using kit = await makeHands({ allow: ["tail"] });
  await Deno.writeTextFile(`${kit.workspace}/log`, "one\n");
  kit.grants = [grantOf("write", kit.out)];
  const slots = new BackgroundSlots(1);
  const { call, read } = toolsOf(kit, slots);
  await call("run", { command: "tail -f log", background: true });
  await read("b1");
  const other = toolsOf(kit, slots);
  await assert.rejects(other.call("run", { command: "tail -f log", background: true }), {
    code: "background.too_many",
  });
  kit.grants = [];
  await kit.files.listFiles({ path: kit.workspace });
  await readUntil(() => read("b1"), /what its cell may touch changed/);
  await other.call("run", { command: "tail -f log", background: true });
  await other.background.close();
  assert.deepEqual(other.background.list().map(({ state }) => state.type), ["stopped"]);
  await assert.rejects(other.call("run", { command: "tail -f log", background: true }), {
    code: "background.closed",
  });
  // The same by the end of ward itself.
  const last = toolsOf(kit, slots);
  await last.call("run", { command: "tail -f log", background: true });
  await kit.hands.router.end();
  await readUntil(() => last.read("b1"), /ward ends/);
});

Deno.test("a background line is asked about exactly as one that is waited for", async () => {
  await using kit = await makeHands();
  const { tools } = toolsOf(kit);
  const run = tools.find(({ name }) => name === "run")!;
  for (const command of ["cat notes", "cat x > y | wc", "git commit -m x", "a=1; echo $((a))"]) {
    const plan = (background: boolean) => run.plan(run.schema.parse({ command, background }));
    assert.deepEqual(plan(true).accesses, plan(false).accesses);
    assert.equal(plan(true).cell, plan(false).cell);
    assert.equal(plan(true).readOnly, false);
  }
});

const OUTCOME: RunOutcome = {
  exitCode: 0,
  stdout: "",
  stderr: "",
  droppedBytes: 0,
  endedBy: null,
  durationMs: 1,
  started: [],
};

Deno.test("what waits to be read is bounded, and a waiting read ends with the clock", async () => {
  const clock = new FakeClock();
  const commands = new BackgroundCommands({ clock, slots: new BackgroundSlots(1), timeoutMs: 1 });
  let say: NonNullable<HandsCallOptions["onOutput"]> = () => {};
  const end = Promise.withResolvers<RunOutcome>();
  const starting = commands.start("flood", ({ onOutput }) => {
    say = onOutput!;
    say({ stream: "stdout", text: "" });
    return end.promise;
  }, NO_SIGNAL);
  const id = await starting;
  for (let i = 0; i < 30; i++) say({ stream: "stdout", text: String(i % 10).repeat(100_000) });
  const reading = await commands.read(id, 0, NO_SIGNAL);
  assert.equal(reading.droppedChars, 2_000_000);
  assert.equal(reading.chunks.map(({ text }) => text).join("").length, 1_000_000);
  assert.equal(reading.chunks.at(-1)?.text[0], "9");
  const waiting = commands.read(id, 5_000, NO_SIGNAL);
  clock.advance(5_000);
  assert.deepEqual((await waiting).chunks, []);
  const news = commands.read(id, 5_000, NO_SIGNAL);
  end.resolve(OUTCOME);
  assert.equal((await news).state.type, "ended");
});

Deno.test("a command whose cell does not start is an error of the start, and takes no slot", async () => {
  const slots = new BackgroundSlots(1);
  const commands = new BackgroundCommands({ clock: new FakeClock(), slots, timeoutMs: 1 });
  const failed = new AppError("cell.failed", "no cell");
  await assert.rejects(commands.start("x", () => Promise.reject(failed), NO_SIGNAL), failed);
  assert.deepEqual(commands.list(), []);
  const stop = new AbortController();
  const starting = commands.start(
    "y",
    ({ signal }) =>
      new Promise((_, reject) =>
        signal!.addEventListener("abort", () => reject(signal!.reason), { once: true })
      ),
    stop.signal,
  );
  stop.abort(failed);
  await assert.rejects(starting, failed);
  assert.ok(slots.take());
});
