/** Attack: programs that want everything, or to outlive their call, their cell or ward. */
import assert from "node:assert/strict";
import { startScriptedService } from "../../e2e/kit/scripted_service.ts";
import { makeScratch } from "../../e2e/kit/ward_process.ts";
import { machineParts } from "../../machine_parts.ts";
import { alteredProgram } from "../kit/altered_program.ts";
import { Area } from "../kit/area.ts";
import { alsoByUnshare } from "../kit/also_by_unshare.ts";
import { alsoAsNobody, IS_NOBODY } from "../kit/as_nobody.ts";
import { BY_UNSHARE, WARD } from "../kit/sandbox_of_run.ts";
import { grantOf, type HandsKit, makeHands } from "../kit/hands_kit.ts";

const area = new Area("B4 limits and lifetime", "cell limits");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

const PROGRAMS = "sh yes cat sleep perl setsid nohup seq head dd true tail".split(" ");
const MEMORY_MB = 2048;
const LIMITS = `[limits]\nmemory_mb = ${MEMORY_MB}\nfile_mb = 8\nprocesses = 128\ncpu_s = 20\n`;

/** One thing that wants everything. */
interface Hungry {
  readonly name: string;
  readonly script: string;
  /**
   * The control: the same kind of line without a cell, small enough for the machine that tests.
   * What it starts to stay sleeps for `$MARK` seconds.
   */
  readonly control: string;
  /** Whether the control reached what a cell must not allow. */
  readonly reaches: (control: { stdout: string; strays: number; bytes: number }) => boolean;
}

const outlives: Hungry["reaches"] = ({ strays }) => strays > 0;

/** What is tried; each must come back and leave nothing. */
const HUNGRY: readonly Hungry[] = [
  {
    name: "fork bomb",
    // Root's processes are not counted (doctor says so): a bomb would stop the machine that tests.
    script: IS_NOBODY
      ? "b() { b | b & }; b; sleep 1e9"
      : "for i in $(seq 1000); do sleep 1e9 & done; sleep 1e9",
    control: "for i in $(seq 200); do sleep $MARK >/dev/null & done",
    reaches: ({ strays }) => strays > 128,
  },
  {
    name: "8 GB of memory",
    script: `perl -e '$x = "x" x (8 << 30); print length $x'`,
    control: `perl -e '$x = "x" x (2100 << 20); print length $x'`,
    reaches: ({ stdout }) => Number(stdout) > MEMORY_MB << 20,
  },
  {
    name: "memory in many pieces",
    script: `perl -e 'push @x, "x" x (1 << 20) for 1..8192; print scalar @x'`,
    control: `perl -e 'push @x, "x" x (1 << 20) for 1..2100; print scalar @x'`,
    reaches: ({ stdout }) => Number(stdout) > MEMORY_MB,
  },
  {
    name: "a file without end",
    script: "yes > big",
    control: "yes | head -c 12M > big",
    reaches: ({ bytes }) => bytes > 9 << 20,
  },
  {
    name: "a sleep without end",
    script: "sleep 1e9",
    control: "sleep $MARK >/dev/null &",
    reaches: outlives,
  },
  {
    name: "100,000 lines of output",
    script: "seq 100000",
    control: "seq 100000",
    reaches: ({ stdout }) => stdout.length > 250_000,
  },
  {
    name: "output without end",
    script: "yes",
    control: "yes | head -c 300000",
    reaches: ({ stdout }) => stdout.length > 250_000,
  },
  {
    name: "a daemon",
    script: "setsid sh -c 'sleep 1e9 &' ; nohup sleep 1e9 >/dev/null 2>&1 & true",
    control: "setsid sh -c 'sleep $MARK >/dev/null &'",
    reaches: outlives,
  },
  {
    name: "a key pressed in the terminal",
    script: `perl -e 'ioctl(STDIN, 0x5412, "x") and print "TYPED"'`,
    // Newer kernels refuse it outside of a cell, too.
    control: `script -qec 'perl -e "ioctl(STDIN, 0x5412, q(x)) and print q(TYPED)"' /dev/null`,
    reaches: ({ stdout }) => stdout.includes("TYPED"),
  },
  {
    name: "a program that ignores signals",
    script: `sh -c 'trap "" TERM INT HUP; while :; do :; done'`,
    control: `sh -c 'trap "" TERM; kill -TERM $$; echo survived'`,
    reaches: ({ stdout }) => stdout === "survived\n",
  },
];

/** Runs a control in plain `sh`, and ends what it left. */
async function reachesBare(one: Hungry, cwd: string): Promise<boolean> {
  const mark = `6666${Date.now()}`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", one.control.replaceAll("$MARK", mark)],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const { stdout } = await child.output();
  const left = await processesWith(mark);
  const bytes = await Deno.stat(`${cwd}/big`).then((info) => info.size, () => 0);
  for (const pid of left) kill(Number(pid));
  await Deno.remove(`${cwd}/big`).catch(() => {});
  return one.reaches({ stdout: new TextDecoder().decode(stdout), strays: left.length, bytes });
}

/** Processes of this machine whose command line holds a text. */
async function processesWith(mark: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name) || Number(entry.name) === Deno.pid) continue;
    const line = await Deno.readTextFile(`/proc/${entry.name}/cmdline`).catch(() => "");
    if (line.includes(mark)) found.push(entry.name);
  }
  return found;
}

/** Asks until nothing is left; a bound in turns, not in time. */
async function gone(mark: string, turns = 400): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) {
    if ((await processesWith(mark)).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // Gone by itself.
  }
}

async function trySh(kit: HandsKit, script: string) {
  await Deno.writeTextFile(`${kit.workspace}/try`, script);
  return await kit.run("sh try", { timeoutMs: 2_500, outputLimitBytes: 200_000 });
}

Deno.test({
  name: "attack: what wants everything is ended, and the next call works",
  ignore,
  async fn(t) {
    await using kit = await makeHands({ allow: PROGRAMS, config: LIMITS });
    for (const one of HUNGRY) {
      const { name, script } = one;
      await t.step(name, async () => {
        // Without an answer the cell itself was ended, which is an end too.
        const outcome = await trySh(kit, script).catch(() => ({ stdout: "" }));
        if (await reachesBare(one, kit.out)) area.effective();
        const size = await Deno.stat(`${kit.workspace}/big`).then((info) => info.size, () => 0);
        area.attack(
          name,
          outcome.stdout.length > 250_000 || size > 9 << 20 || /TYPED|8589934592|8192$/.test(
            outcome.stdout,
          ),
        );
        await Deno.remove(`${kit.workspace}/big`).catch(() => {});
        const next = await trySh(kit, "echo still here");
        area.benign(`after ${name}`, next.stdout === "still here\n");
        assert.equal(next.stdout, "still here\n", JSON.stringify(next));
        // A stray of the last call is gone before the next one ends.
        let strays: string[] = [];
        // A killed process with much memory takes a while to go.
        for (let turn = 0; turn === 0 || (turn < 50 && strays.length > 0); turn++) {
          const left = await trySh(kit, "cat /proc/[0-9]*/comm 2>/dev/null");
          strays = left.stdout.split("\n").filter((comm) => /^(sleep|yes|perl)$/.test(comm));
        }
        area.attack(`${name}: survives its call`, strays.length > 0);
        assert.deepEqual(strays, []);
      });
    }
    const closed = await trySh(kit, "cat; cat <&-; echo end");
    area.benign("a program that reads closed input comes back", closed.stdout === "end\n");
  },
});

Deno.test({
  name: "attack: a stopped call leaves nothing running",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    for (let turn = 0; turn < 5; turn++) {
      const mark = `7777${turn}${Date.now()}`;
      const stop = new AbortController();
      const running = kit.run(`sleep ${mark}`, { signal: stop.signal, timeoutMs: 60_000 });
      // Control: it runs, and would for years.
      while ((await processesWith(mark)).length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      area.effective();
      stop.abort(new Error("stopped"));
      await running.catch(() => {});
      area.attack("a program after its call was stopped", !await gone(mark));
    }
    assert.equal((await kit.run("seq 1")).stdout, "1\n");
  },
});

/** Starts ward with a model that runs one long command; resolves when that runs. */
async function wardRunning(mark: string, env: Record<string, string>, workspace: string) {
  const [program = "", ...args] = WARD;
  const child = new Deno.Command(program, {
    args: [...args, "agent", "-w", workspace, "-m", "go"],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while ((await processesWith(mark)).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return child;
}

/** The control: without `--die-with-parent` a program outlives its launcher. */
async function outlivesLauncher(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ward-control-" });
  try {
    const mark = `9999${Date.now()}`;
    const bwrap = await alteredProgram(folder, "/usr/bin/bwrap", {});
    const parent = new Deno.Command("/bin/sh", {
      args: ["-c", `${bwrap} --ro-bind / / --unshare-all -- /bin/sleep ${mark}`],
      stdin: "null",
    }).spawn();
    while ((await processesWith(`/bin/sleep\0${mark}`)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    parent.kill("SIGKILL");
    await parent.status;
    const left = await processesWith(`/bin/sleep\0${mark}`);
    while (!await gone(mark, 1)) {
      for (const pid of await processesWith(mark)) kill(Number(pid));
    }
    return left.length > 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "attack: kill -9 of ward while a program runs, 20 times: nothing stays",
  ignore,
  async fn() {
    using scratch = makeScratch();
    Deno.mkdirSync(scratch.home, { mode: 0o700 });
    Deno.writeTextFileSync(`${scratch.home}/config.toml`, '[commands]\nallow = ["sleep"]\n', {
      mode: 0o600,
    });
    // The runs as another user and by another sandbox are the same 20 times over.
    const times = IS_NOBODY || BY_UNSHARE ? 5 : 20;
    const control = await outlivesLauncher();
    for (let turn = 0; turn < times; turn++) {
      const mark = `8888${turn}${Date.now()}`;
      await using service = await startScriptedService([
        { calls: [{ name: "run", arguments: { command: `sleep ${mark}` } }] },
        { content: "done" },
      ]);
      const child = await wardRunning(mark, { ...scratch.env, ...service.env }, scratch.workspace);
      child.kill("SIGKILL");
      await child.status;
      const ended = await gone(mark) && await gone(scratch.workspace);
      area.attack(`kill -9, ${turn}`, !ended);
      if (control) area.effective();
      assert(ended, (await processesWith(mark)).join());
    }
  },
});

Deno.test({
  name: "a cell is warm between calls, starts again with a grant, ends on revoke and expiry",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: ["cat", "stat"] });
    const cell = async () => (await kit.run("stat -c %N /proc/self/ns/pid")).stdout;
    const secret = async () =>
      await kit.run(`cat ${kit.out}/secret`).then((run) => run.exitCode === 0);
    const first = await cell();
    area.benign("warm between calls", first !== "" && first === await cell());
    area.attack("reads outside without a grant", await secret());
    kit.grants = [grantOf("read", kit.out)];
    const reads = await secret();
    area.benign("reads with the grant", reads);
    area.benign("in another cell", first !== await cell());
    const running = kit.files;
    area.benign(
      "by the file tool too",
      (await running.readFile({ path: `${kit.out}/secret` })).content !== "",
    );
    const writes = () =>
      kit.files.writeFile({ path: `${kit.out}/made`, content: "x" }).then(() => true, () => false);
    area.attack("a read grant writes", await writes());
    kit.grants = [];
    area.attack("reads after revoke", await secret());
    // Controls: before, between and after, the grant is all that was missing.
    if (reads) area.effective(2);
    kit.grants = [grantOf("write", kit.out)];
    if (await writes()) area.effective();
    // A grant that runs out ends its cell by itself, without another call.
    const soon = Date.now() + 4_000;
    kit.grants = [grantOf("read", kit.out, { type: "until", atMs: soon })];
    const readsUntil = await secret();
    area.benign("reads until then", readsUntil);
    const { ended } = await kit.hands.router.warm();
    kit.grants = [];
    await ended;
    area.attack("reads after the expiry", await secret());
    if (readsUntil) area.effective();
  },
});

area.gate();
alsoAsNobody(import.meta.url);
alsoByUnshare(import.meta.url, /wants everything|stopped call|kill -9|is warm/);
