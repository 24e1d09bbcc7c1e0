/**
 * A hundred kills of the whole program at seeded points of a turn that changes files: what is stored
 * is a whole prefix of the turn, each effect happened at most once, and the session goes on.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { withStore } from "../kit/profile_store.ts";
import { type ScriptStep, startScriptedService } from "../kit/scripted_service.ts";
import {
  inParallel,
  makeScratch,
  runWard,
  type Scratch,
  SOURCE,
  startWard,
  untilGone,
} from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;

/** Whatever starts soonest: two starts for each kill. */
const FORM = hasCells && LACKS_STANDALONE === undefined ? [await standalone()] : SOURCE;

const KILLS = 100;
const SEED = 20_261_121;

/** More than a pipe holds at once (64 KiB), so that a torn write would show. */
const BIG = "whole file\n".repeat(6_500);

const STEPS: readonly ScriptStep[] = [
  { calls: [{ name: "run", arguments: { command: "echo one >> effects.log" } }] },
  { calls: [{ name: "write", arguments: { path: "big.txt", content: BIG } }] },
  {
    calls: [
      { name: "run", arguments: { command: "echo two >> effects.log" } },
      { name: "run", arguments: { command: "echo three >> effects.log" } },
    ],
  },
  { content: "The answer." },
];
/** Roles of the whole turn as stored. */
const ROLES = "user assistant tool assistant tool assistant tool tool assistant".split(" ");
const EFFECTS = ["one", "big", "two", "three"];

/** Where a run is killed. */
type Point =
  | { readonly at: "request"; readonly count: number }
  /** The n-th change of a file in the data folder or the workspace. */
  | { readonly at: "change"; readonly folder: "data" | "work"; readonly count: number };

/** Starts a turn and kills it at the point; false when it ended before. */
async function runAndKill(scratch: Scratch, point: Point | null): Promise<
  { killed: boolean; changes: { data: number; work: number } }
> {
  const changes = { data: 0, work: 0 };
  let killed = false;
  let run: ReturnType<typeof startWard> | null = null;
  const kill = () => {
    if (killed || run === null) return;
    killed = true;
    try {
      run.child.kill("SIGKILL");
    } catch (error) {
      // It has just ended.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  await using service = await startScriptedService(STEPS, {
    onRequest: (count) => {
      if (point?.at === "request" && point.count === count) kill();
    },
  });
  Deno.mkdirSync(`${scratch.home}/data`, { recursive: true, mode: 0o700 });
  using data = Deno.watchFs(`${scratch.home}/data`, { recursive: false });
  using work = Deno.watchFs(scratch.workspace, { recursive: false });
  const watch = async (watcher: Deno.FsWatcher, folder: "data" | "work") => {
    for await (const { kind } of watcher) {
      if (kind === "access") continue;
      changes[folder]++;
      if (point?.at === "change" && point.folder === folder && changes[folder] === point.count) {
        kill();
      }
    }
  };
  const watching = [watch(data, "data"), watch(work, "work")];
  run = startWard(["agent", "-w", scratch.workspace, "-m", "go"], {
    env: { ...scratch.env, ...service.env },
    form: FORM,
  });
  const { code, signal, stderr } = await run.done;
  ok(signal === "SIGKILL" || code === 0, stderr);
  killed = signal === "SIGKILL";
  data.close();
  work.close();
  await Promise.all(watching);
  return { killed, changes };
}

function effectsOf(scratch: Scratch): Map<string, number> {
  const read = (name: string) => {
    try {
      return Deno.readTextFileSync(`${scratch.workspace}/${name}`);
    } catch {
      return null;
    }
  };
  const big = read("big.txt");
  ok(big === null || big === BIG, `big.txt is torn: ${big?.length} characters`);
  const lines = (read("effects.log") ?? "").split("\n").slice(0, -1);
  ok(lines.every((line) => EFFECTS.includes(line)), `a torn line in ${lines.join()}`);
  return new Map(EFFECTS.map((effect) => [
    effect,
    effect === "big" ? Number(big !== null) : lines.filter((line) => line === effect).length,
  ]));
}

/** What must hold of the rows and the files; says whether there is a session to go on with. */
async function assertWhole(scratch: Scratch): Promise<boolean> {
  const effects = effectsOf(scratch);
  for (const [effect, count] of effects) ok(count <= 1, `${effect} happened ${count} times`);
  // Killed before there was a key or a database: nothing can have happened.
  const hasDatabase = (() => {
    try {
      return Deno.statSync(`${scratch.home}/data/ward.db`).size > 0;
    } catch {
      return false;
    }
  })();
  if (!hasDatabase) {
    ok([...effects.values()].every((count) => count === 0));
    return false;
  }
  return await withStore(scratch.home, async (store) => {
    const verdict = await store.verifyAudit();
    ok(verdict.ok, JSON.stringify(verdict));
    const session = await store.latestSession({});
    const loaded = session && await store.loadSession(session.id);
    if (!loaded) {
      ok([...effects.values()].every((count) => count === 0));
      return false;
    }
    const { messages, openCalls } = loaded;
    const roles = messages.map(({ role }) => role);
    deepEqual(roles, ROLES.slice(0, roles.length), "a prefix of the turn, nothing torn");
    const done = messages.filter((message) => message.role === "tool");
    ok(done.every((message) => message.ok), JSON.stringify(done));
    EFFECTS.slice(0, done.length).forEach((effect) => equal(effects.get(effect), 1, effect));
    // Behind the results stand the calls that were running, then those that had not begun.
    const states = openCalls.map(({ state }) => state);
    EFFECTS.slice(done.length).forEach((effect, index) => {
      if (states[index] !== "running") equal(effects.get(effect), 0, `${effect} ran unrecorded`);
    });
    return true;
  });
}

/** Goes on with the session; nothing is run again and no call is left without a result. */
async function assertGoesOn(scratch: Scratch): Promise<void> {
  const before = effectsOf(scratch);
  await using service = await startScriptedService([{ content: "Going on." }], {
    laterTurns: [{ content: "Going on." }],
  });
  const run = await runWard(["agent", "-w", scratch.workspace, "-m", "go on", "--resume"], {
    env: { ...scratch.env, ...service.env },
    form: FORM,
  });
  equal(run.code, 0, run.stderr);
  equal(run.stdout, "Going on.\n");
  const { messages } = JSON.parse(service.bodies()[0]!) as {
    messages: { role: string; tool_calls?: { id: string }[]; tool_call_id?: string }[];
  };
  const asked = messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id));
  const answered = messages.flatMap(({ tool_call_id: id }) => id === undefined ? [] : [id]);
  deepEqual(answered, asked, "each call has one result");
  deepEqual(effectsOf(scratch), before);
  await withStore(scratch.home, async (store) => {
    const session = await store.latestSession({});
    const loaded = await store.loadSession(session!.id);
    deepEqual(loaded?.openCalls, []);
    equal(loaded?.lastTurn?.outcome, "complete");
    ok((await store.verifyAudit()).ok);
  });
}

Deno.test({
  name: `${KILLS} kills at seeded points: a whole prefix is stored, no effect happens twice${
    hasCells ? "" : ", skipped: no bubblewrap"
  }`,
  ignore: !hasCells,
  async fn(t) {
    using control = makeScratch();
    const { killed, changes } = await runAndKill(control, null);
    equal(killed, false);
    equal(await assertWhole(control), true);
    deepEqual([...effectsOf(control).values()], [1, 1, 1, 1]);
    ok(changes.data > 40 && changes.work >= 4, JSON.stringify(changes));

    let state = SEED;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor(state / 2 ** 32 * below);
    };
    const points = Array.from({ length: KILLS }, (_, index): Point => {
      if (index % 10 === 0) return { at: "request", count: 1 + random(STEPS.length) };
      const folder = index % 10 < 3 ? "work" : "data";
      return { at: "change", folder, count: 1 + random(changes[folder]) };
    });
    const reached = { killed: 0, midway: 0, resumed: 0 };
    const killAt = async (point: Point): Promise<void> => {
      using scratch = makeScratch();
      const { killed } = await runAndKill(scratch, point);
      await untilGone(scratch.folder);
      try {
        const hasSession = await assertWhole(scratch);
        reached.killed += Number(killed);
        const count = [...effectsOf(scratch).values()].reduce((sum, one) => sum + one, 0);
        reached.midway += Number(killed && count > 0 && count < 4);
        // Changes that come close together may be told as one: then an earlier point.
        if (!killed) return await killAt({ ...point, count: Math.ceil(point.count / 2) });
        if (!hasSession) return;
        await assertGoesOn(scratch);
        reached.resumed++;
      } catch (error) {
        throw new Error(`at ${JSON.stringify(point)} of ${JSON.stringify(changes)}`, {
          cause: error,
        });
      }
    };
    await inParallel(points, 2, killAt);
    await t.step(`what the points reached: ${JSON.stringify(reached)}`, () => {
      equal(reached.killed, KILLS);
      ok(reached.midway > KILLS / 10);
      ok(reached.resumed > KILLS / 2);
    });
  },
});
