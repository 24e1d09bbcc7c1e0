import assert from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { createCommandHandlers } from "../../src/compartments/hands/commands/handlers.ts";
import type { CommandPlan } from "../../src/model/cells/command.ts";
import { parseLine } from "../../src/kernel/commands/parse_line.ts";
import { programsPlan } from "../../src/kernel/tools/commands/programs_plan.ts";
import {
  createRunner,
  NO_SIGNAL,
  type Runner,
  systemPrograms,
  testEnvironment,
} from "./support.ts";

const PROGRAMS = systemPrograms(
  ["cat", "yes", "head", "wc", "ls", "sleep", "sh", "env", "printf", "true", "tee", "cmp", "sort"],
);

interface Place {
  readonly workspace: string;
  readonly pipes: string;
  readonly runner: Runner;
}

async function inPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "ward-run-" });
  const [workspace, pipes] = [`${root}/work`, `${root}/pipes`];
  await Deno.mkdir(workspace);
  await Deno.mkdir(pipes);
  try {
    await body({ workspace, pipes, runner: createRunner(workspace, pipes, PROGRAMS) });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Processes whose working folder is below `folder`. */
function processesIn(folder: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name)
    .filter((name) => /^[0-9]+$/.test(name) && name !== String(Deno.pid))
    .filter((pid) => {
      try {
        return Deno.readLinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
}

Deno.test("yes | head -1 ends at once and leaves no process", async () => {
  await inPlace(async ({ workspace, runner }) => {
    for (const line of ["yes | head -1", "yes | (head -1)", "yes | { head -1; true; } | cat"]) {
      const outcome = await runner.run(line);
      assert.equal(outcome.stdout, "y\n");
      assert.equal(outcome.exitCode, 0);
      assert.equal(outcome.endedBy, null);
      assert.deepEqual(processesIn(workspace), []);
    }
  });
});

Deno.test("a time-out ends all programs of a line and starts no more", async () => {
  await inPlace(async ({ workspace, runner }) => {
    const outcome = await runner.run("sleep 60 | cat; ls > after", { timeoutMs: 100 });
    assert.equal(outcome.endedBy, "timeout");
    assert.equal(outcome.exitCode, 124);
    assert.deepEqual(processesIn(workspace), []);
    assert.deepEqual([...Deno.readDirSync(workspace)], []);
  });
});

Deno.test("attack: a named pipe in the workspace does not hold a redirection", async () => {
  await inPlace(async ({ workspace, runner }) => {
    await new Deno.Command("mkfifo", { args: [`${workspace}/pipe`] }).output();
    for (const line of ["cat < pipe", "ls > pipe"]) {
      const outcome = await runner.run(line);
      assert.deepEqual([outcome.exitCode, outcome.started], [1, []]);
      assert.equal(outcome.stderr, "ward: pipe: Not a regular file\n");
    }
  });
});

Deno.test("programs are told the cell's own folder for temporary files", async () => {
  await inPlace(async ({ workspace, pipes }) => {
    const handlers = createCommandHandlers({
      allowedPrograms: { env: "/usr/bin/env" },
      shell: null,
      pipes: { program: "/usr/bin/mkfifo", folder: pipes },
      tmp: pipes,
    });
    const outcome = await handlers.runPlan({
      plan: programsPlan([["env"]]),
      cwd: workspace,
      env: { ...testEnvironment(workspace), TMPDIR: "/tmp" },
      timeoutMs: 20_000,
      outputLimitBytes: 10_000,
    }, { signal: NO_SIGNAL });
    assert.match(outcome.stdout, new RegExp(`^TMPDIR=${pipes}$`, "m"));
  });
});

Deno.test("a run that is cancelled fails with the caller's reason", async () => {
  await inPlace(async ({ workspace, pipes }) => {
    const handlers = createCommandHandlers({
      allowedPrograms: PROGRAMS,
      shell: null,
      pipes: { program: "/usr/bin/mkfifo", folder: pipes },
    });
    const controller = new AbortController();
    const params = {
      plan: programsPlan([["sleep", "60"]]),
      cwd: workspace,
      env: testEnvironment(workspace),
      timeoutMs: 60_000,
      outputLimitBytes: 1000,
    };
    const running = handlers.runPlan(params, { signal: controller.signal });
    const next = handlers.runPlan({ ...params, plan: programsPlan([["ls"]]) }, {
      signal: NO_SIGNAL,
    });
    queueMicrotask(() =>
      controller.abort(new AppError("wire.cancelled", "The call was cancelled"))
    );
    await assert.rejects(running, { code: "wire.cancelled" });
    assert.equal((await next).exitCode, 0);
    assert.deepEqual(processesIn(workspace), []);
  });
});

Deno.test("output beyond the limit is counted and dropped; a flood ends the run", async () => {
  await inPlace(async ({ runner }) => {
    const some = await runner.run("yes | head -c 5000", { outputLimitBytes: 100 });
    assert.equal(some.stdout.length, 100);
    assert.equal(some.droppedBytes, 4900);
    assert.equal(some.endedBy, null);
    const flood = await runner.run("yes", { outputLimitBytes: 100 });
    assert.equal(flood.endedBy, "output");
    assert.ok(flood.droppedBytes > 64 * 1024 * 1024);
  });
});

Deno.test("bytes go through pipes and files unchanged", async () => {
  await inPlace(async ({ workspace, runner }) => {
    const bytes = new Uint8Array(1_000_003);
    for (let at = 0; at < bytes.length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    await Deno.writeFile(`${workspace}/in`, bytes);
    const outcome = await runner.run("cat in | cat | (cat) > out && cat < out | cmp - in");
    assert.deepEqual([outcome.exitCode, outcome.stdout], [0, ""]);
    assert.deepEqual(await Deno.readFile(`${workspace}/out`), bytes);
  });
});

Deno.test("a process left behind does not hold the run", async () => {
  await inPlace(async ({ workspace, runner }) => {
    // The shell ends; its child keeps both outputs open. The cell's relay ends such processes.
    const outcome = await runner.run("sh -c 'sleep 600 & echo done'");
    assert.deepEqual([outcome.stdout, outcome.endedBy], ["done\n", null]);
    const left = processesIn(workspace);
    assert.equal(left.length, 1);
    for (const pid of left) Deno.kill(Number(pid), "SIGKILL");
  });
});

Deno.test("programs that are not on the list do not start, by name or by path", async () => {
  await inPlace(async ({ workspace, runner }) => {
    await Deno.writeTextFile(`${workspace}/x.sh`, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    for (const line of ["id", "./x.sh", "/usr/bin/id", "../work/x.sh", "constructor", "toString"]) {
      const outcome = await runner.run(line);
      assert.deepEqual([outcome.exitCode, outcome.stdout, outcome.started], [127, "", []], line);
      assert.match(outcome.stderr, /^ward: .*: not found\n$/);
    }
    assert.equal((await runner.run("/usr/bin/true")).exitCode, 0);
  });
});

Deno.test("attack: a file named like an option stops the command", async () => {
  await inPlace(async ({ workspace, runner }) => {
    await Deno.writeTextFile(`${workspace}/--compress-program=evil`, "");
    await Deno.writeTextFile(`${workspace}/a`, "");
    for (const line of ["sort *", "sort -*", "(sort *) | cat"]) {
      const outcome = await runner.run(line);
      assert.deepEqual(outcome.started.filter(([program]) => program === "sort"), [], line);
      assert.match(outcome.stderr, /would be read as an option/);
    }
    assert.equal((await runner.run("ls ./*")).exitCode, 0);
  });
});

Deno.test("programs get exactly the environment they are given", async () => {
  await inPlace(async ({ workspace, runner }) => {
    const outcome = await runner.run("TZ=UTC env", { env: { A: "1", HOME: workspace } });
    assert.deepEqual(outcome.stdout.trim().split("\n").sort(), [
      "A=1",
      `HOME=${workspace}`,
      `PWD=${workspace}`,
      "TZ=UTC",
    ]);
  });
});

const PAYLOADS = [
  "; rm -rf /",
  "&& id",
  "|| id",
  "| id",
  "`id`",
  "$(id)",
  "${IFS}",
  "$HOME",
  "\\",
  "'",
  '"',
  "*",
  "?",
  "[a]",
  "{a,b}",
  "~",
  "!",
  "#x",
  "a b",
  "\ta",
  "a\nb",
  "\r\n",
  "--",
  "-rf",
  "--x=y",
  "%s%n",
  "\u202e",
  "é",
  "日本",
  "😀",
  "\x01",
  "\x7f",
  "\x1b[2K",
  "$'x'",
  ">x",
  "<x",
  "2>&1",
  "&",
];

Deno.test("496 command-injection strings arrive byte for byte as arguments", async () => {
  await inPlace(async ({ workspace, pipes }) => {
    const strings = PAYLOADS.flatMap((payload) =>
      ["", "a", "-", "'", '"', "$(", "x\\", " ", "\n", "`", "${", "a;", "{", "*"].map((prefix) =>
        prefix + payload
      )
    ).slice(0, 496);
    assert.equal(strings.length, 496);
    const handlers = createCommandHandlers({
      allowedPrograms: PROGRAMS,
      shell: null,
      pipes: { program: "/usr/bin/mkfifo", folder: pipes },
    });
    const plan: CommandPlan = programsPlan([["env", "printf", "%s\\0", ...strings]]);
    const outcome = await handlers.runPlan({
      plan,
      cwd: workspace,
      env: testEnvironment(workspace),
      timeoutMs: 10_000,
      outputLimitBytes: 1_000_000,
    }, { signal: NO_SIGNAL });
    assert.deepEqual(outcome.stdout.split("\0").slice(0, -1), strings);
    assert.deepEqual([...Deno.readDirSync(workspace)], []);
  });
});

Deno.test("without the shell option no line reaches a shell", async () => {
  await inPlace(async ({ workspace, pipes }) => {
    const options = { program: "/usr/bin/mkfifo", folder: pipes };
    const limits = {
      cwd: workspace,
      env: testEnvironment(workspace),
      timeoutMs: 10_000,
      outputLimitBytes: 1000,
    };
    const none = createCommandHandlers({ allowedPrograms: PROGRAMS, shell: null, pipes: options });
    await assert.rejects(none.runLine({ ...limits, line: "ls" }, { signal: NO_SIGNAL }), {
      code: "hands.no_shell",
    });
    const some = createCommandHandlers({ allowedPrograms: {}, shell: "/bin/sh", pipes: options });
    const outcome = await some.runLine({ ...limits, line: "echo $((40+2)); exit 3" }, {
      signal: NO_SIGNAL,
    });
    assert.deepEqual([outcome.stdout, outcome.exitCode], ["42\n", 3]);
    assert.equal(parseLine("echo $((40+2))").type, "not_understood");
  });
});

Deno.test("a glob in a folder that may not be read is refused, not passed on", async () => {
  await inPlace(async ({ workspace, pipes }) => {
    const entry = new URL("./glob_worker.ts", import.meta.url);
    const worker = new Worker(entry, {
      type: "module",
      deno: {
        permissions: {
          read: [workspace, pipes],
          write: [workspace, pipes],
          run: [PROGRAMS["ls"]!, "/usr/bin/mkfifo"],
        },
      },
    } as WorkerOptions);
    try {
      const parsed = parseLine("ls /usr/*");
      const outcome = await new Promise<{ started: string[][]; stderr: string }>((resolve) => {
        worker.onmessage = (event) => resolve(event.data);
        worker.postMessage({
          pipes,
          programs: { ls: PROGRAMS["ls"] },
          params: {
            plan: parsed.type === "plan" && parsed.plan,
            cwd: workspace,
            env: {},
            timeoutMs: 10_000,
            outputLimitBytes: 1000,
          },
        });
      });
      assert.deepEqual(outcome.started, []);
      assert.match(outcome.stderr, /outside the folders that may be read/);
    } finally {
      worker.terminate();
    }
  });
});
