/** Folders that are full, read-only or gone, before the start and under a running ward. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { assertPlain, canMount, inNamespace, noMount } from "../kit/namespace.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, runWard, type WardRun } from "../kit/ward_process.ts";

const readOnly = (path: string) =>
  `mount --bind '${path}' '${path}' && mount -o remount,bind,ro '${path}'`;

const full = (path: string) =>
  `mount -t tmpfs -o size=4k,mode=700 tmpfs '${path}'; head -c 9999 /dev/zero > '${path}/x' 2>&-`;

Deno.test({
  name: `a folder that is full or read-only is told with the way out, whatever runs${noMount}`,
  ignore: !canMount,
  async fn() {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    equal((await ask(scratch, "what time is it?")).code, 0);
    const { home, workspace } = scratch;
    const agent = ["agent", "-w", workspace, "-m", "what time is it?"];
    const status = ["status", "-w", workspace];
    const set = ["config", "set", "limits.iterations", "60"];
    const run = (setUp: string, args: readonly string[]) => inNamespace(scratch, setUp, args);
    const way = /\n {2}.*(?:WARD_HOME|yours and writable)/;
    for (
      const [setUp, args, said] of [
        [readOnly(home), status, /annot write/],
        [readOnly(home), set, /annot write/],
        [full(home), status, /disk is full/],
        [full(home), set, /disk is full/],
        [readOnly(`${home}/data`), agent, /annot write/],
        [readOnly(`${home}/data`), status, /annot write/],
        [full(`${home}/data`), agent, /disk is full/],
      ] as const
    ) {
      const got = await run(setUp, args);
      assertPlain(got, said, `${args[0]}: ${setUp}`);
      match(got.stderr, way);
    }
    // What the log lacks does not stop the work.
    const noLog = await run(full(`${home}/logs`), agent);
    equal(noLog.code, 0, noLog.stderr);
    match(noLog.stderr, /No log is written: .*No space left/);
  },
});

for (
  const [kind, setUp, said, way] of [
    ["read-only", readOnly, /file system is read-only/, /Make it writable.*ward agent -w <folder>/],
    ["full", full, /the disk is full/, /Free space/],
  ] as const
) {
  Deno.test({
    name: `a model that writes into a workspace that is ${kind} is told the way out${noMount}`,
    ignore: !canMount,
    async fn() {
      using scratch = makeScratch({ "notes.md": "buy milk\n" });
      const { workspace } = scratch;
      const call = { name: "write", arguments: { path: "new.txt", content: "x".repeat(9_000) } };
      await using service = await startScriptedService([
        { calls: [call] },
        { content: "I could not write it." },
      ]);
      const agent = ["agent", "-w", workspace, "-m", "go"];
      const run = await inNamespace(scratch, setUp(workspace), agent, service.env);
      // The turn goes on: the model is told by the tool, the person on stderr.
      equal(run.code, 0, run.stderr);
      equal(run.stdout, "I could not write it.\n");
      noTrace(run, kind);
      match(run.stderr, said);
      match(run.stderr, new RegExp(`^ {2}→ ${way.source}`, "m"));
      const told = JSON.parse(service.bodies().at(-1)!).messages.at(-1);
      equal(told.role, "tool");
      match(told.content, said);
      match(told.content, way);
      // What no grant mends is not asked for.
      ok(!/permissions grant/.test(told.content + run.stderr), run.stderr);
      deepEqual([...Deno.readDirSync(workspace)].map(({ name }) => name), ["notes.md"]);
    },
  });
}

Deno.test("a workspace, a home or data that vanish under a running ward are told plainly", async () => {
  for (const gone of ["workspace", "data", "home"] as const) {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    await using service = await startScriptedService([
      { calls: [{ name: "read", arguments: { path: "notes.md" } }] },
      { content: "I could not read it." },
    ], {
      async onRequest(count) {
        if (count !== 1) return;
        const { home, workspace } = scratch;
        await Deno.remove({ workspace, data: `${home}/data`, home }[gone], { recursive: true });
      },
    });
    const run = await ask(scratch, "go", service.env);
    noTrace(run, gone);
    // The turn of a workspace that is gone goes on: the model is told by the tool.
    if (gone === "workspace") equal(run.stdout, "I could not read it.\n", run.stderr);
    else assertPlain(run, /Cannot use ".*\/data\/ward\.db"[^]+data folder/, gone);
    if (gone === "workspace") {
      match(service.bodies()[1] ?? "", /workspace .* is gone/);
      match(run.stderr, /is gone or a link now\n {2}→ Start ward again with -w/);
    }
    const next = await runWard(["status"], { env: scratch.env, cwd: scratch.folder });
    noTrace(next, `the next one, without ${gone}`);
  }
});

function noTrace(run: WardRun, what: string): void {
  ok([0, 1, 2].includes(run.code), `${what}: ${run.code}`);
  ok(!/^\s+at |failed unexpectedly|Uncaught|panicked/m.test(run.stderr), `${what}\n${run.stderr}`);
}
