/** Starts that go wrong, and machines without a sandbox: what is said, and that nothing is broken. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { assertPlain, canMount, inNamespace, noMount } from "../kit/namespace.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import {
  ask,
  inParallel,
  makeScratch,
  type Scratch,
  ward,
  writeConfig,
} from "../kit/ward_process.ts";

const parts = await machineParts();
const hasCells = parts["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

Deno.test("a mistake in config.toml is named with its line and key, exit code 2", async () => {
  using scratch = makeScratch();
  for (
    const [text, said] of [
      ["[limits]\niterations = 0\n", /config\.toml:2: key "limits\.iterations": found 0/],
      ["[limits]\n\niteration = 5\n", /config\.toml:3: .+did you mean "limits\.iterations"/],
      ["[commands]\nallow = 'ls'\n", /config\.toml:2: key "commands\.allow"/],
      ["[model\n", /config\.toml:1:/],
    ] as const
  ) {
    writeConfig(scratch, text);
    const run = await ask(scratch, "what time is it?");
    equal(run.code, 2, run.stderr);
    assertPlain(run, said, text);
    equal(run.stdout, "");
  }
});

Deno.test("variables that act before ward does are left out and named; trusted ones stay", async () => {
  using scratch = makeScratch();
  const env = { OTEL_DENO: "true", DENO_CERT: "/nowhere", HTTPS_PROXY: "http://127.0.0.1:9" };
  const run = await ward(scratch, ["status"], env);
  equal(run.code, 0, run.stderr);
  for (const name of Object.keys(env)) ok(run.stdout.includes(name), run.stdout);
  const preload = await ward(scratch, ["status"], { LD_PRELOAD: "" });
  equal(preload.code, 0);
  match(preload.stdout, /LD_PRELOAD/);
});

Deno.test("a wrong database key refuses to start and touches nothing", async () => {
  using scratch = makeScratch();
  equal((await ask(scratch, "what time is it?")).code, 0);
  const snapshot = () =>
    [...Deno.readDirSync(`${scratch.home}/data`)].filter(({ isFile }) => isFile)
      .map(({ name }) => [
        name,
        new TextDecoder("latin1").decode(Deno.readFileSync(`${scratch.home}/data/${name}`)),
      ]).sort();
  const before = snapshot();
  const run = await ask(scratch, "what time is it?", { WARD_ENCRYPTION_KEY: "ab".repeat(32) });
  assertPlain(run, /key/);
  match(run.stderr, /WARD_ENCRYPTION_KEY|backup|key of/i);
  deepEqual(snapshot(), before);
  Deno.renameSync(`${scratch.home}/database.key`, `${scratch.home}/elsewhere`);
  assertPlain(
    await ask(scratch, "what time is it?"),
    /no key for it is found[^]+WARD_ENCRYPTION_KEY/,
  );
  deepEqual(snapshot(), before);
  Deno.renameSync(`${scratch.home}/elsewhere`, `${scratch.home}/database.key`);
  equal((await ask(scratch, "what time is it?")).code, 0);
});

Deno.test({
  name:
    `a full or read-only home is told with the way out, at whatever point it fills up${noMount}`,
  ignore: !canMount,
  async fn() {
    using readOnly = makeScratch();
    const user = readOnly.env["HOME"]!;
    const locked = await inNamespace(
      readOnly,
      `mount -t tmpfs -o ro tmpfs '${user}'`,
      ["agent", "-w", readOnly.workspace, "-m", "what time is it?"],
    );
    assertPlain(
      locked,
      /read-only|not writable|cannot (be )?(write|written|make)/i,
      "new, read-only",
    );
    match(locked.stderr, /WARD_HOME/);

    // The same with a profile that is there: everything in it became read-only.
    equal((await ask(readOnly, "what time is it?")).code, 0);
    const frozen = await inNamespace(
      readOnly,
      `mount --bind '${user}' '${user}' && mount -o remount,bind,ro '${user}'`,
      ["agent", "-w", readOnly.workspace, "-m", "what time is it?"],
    );
    assertPlain(frozen, /read-only|not writable|cannot/i, "existing, read-only");

    // tmpfs takes whole pages: from no room at all to room for a part of the database.
    const sizes = [4, 8, 16, 24, 32, 48, 64, 96, 128];
    const runs = await inParallel(sizes, 2, async (size) => {
      using scratch = makeScratch();
      return await inNamespace(
        scratch,
        `mount -t tmpfs -o size=${size}k,nr_inodes=200 tmpfs '${scratch.env["HOME"]}'`,
        ["agent", "-w", scratch.workspace, "-m", "what time is it?"],
      );
    });
    const failed = runs.map((run, index) => ({ run, size: sizes[index] }))
      .filter(({ run }) => run.code !== 0);
    ok(failed.length > 2, "some sizes are too small");
    for (const { run, size } of failed) {
      assertPlain(run, /no space|disk is full|disk full|full/i, `${size} KB`);
    }
  },
});

const HIDE_BWRAP = "mount --bind /dev/null /usr/bin/bwrap";
const HIDE_UNSHARE = "mount --bind /dev/null /usr/bin/setsid";

/** Ways in which a machine has no sandbox, and what ward must say of the cause. */
const WITHOUT = [
  {
    what: "no bubblewrap and no unshare",
    setUp: () => `${HIDE_BWRAP}; ${HIDE_UNSHARE}`,
    cause: /bubblewrap is not installed; unshare of util-linux: `setsid` is not in a system folder/,
  },
  {
    what: "helpers that others than root may change",
    setUp: (scratch: Scratch) =>
      `${HIDE_BWRAP}; cp /usr/bin/setsid '${scratch.folder}/setsid'; ` +
      `chmod 777 '${scratch.folder}/setsid'; mount --bind '${scratch.folder}/setsid' /usr/bin/setsid`,
    cause: /"\/usr\/bin\/setsid" can be changed by others than root/,
  },
  {
    what: "user namespaces forbidden",
    setUp: (scratch: Scratch) =>
      `printf '#!/bin/sh\\necho "bwrap: setting up uid map: Permission denied" >&2\\nexit 1\\n' ` +
      `> '${scratch.folder}/bwrap'; chmod 755 '${scratch.folder}/bwrap'; ` +
      `mount --bind '${scratch.folder}/bwrap' /usr/bin/bwrap; ${HIDE_UNSHARE}`,
    cause: /AppArmor/,
  },
];

for (const { what, setUp, cause } of WITHOUT) {
  Deno.test({
    name: `${what}: REDUCED, files work, commands are off with the fix${noMount}`,
    ignore: !canMount,
    async fn() {
      using scratch = makeScratch({ "notes.md": "buy milk\n" });
      await using service = await startScriptedService([
        {
          calls: [
            { name: "read", arguments: { path: "notes.md" } },
            { name: "run", arguments: { command: "cat notes.md" } },
          ],
        },
        { content: "done" },
      ]);
      const agent = ["agent", "-w", scratch.workspace, "-m", "go"];
      const results = () =>
        (JSON.parse(service.bodies().at(-1)!).messages as { role: string; content: string }[])
          .filter(({ role }) => role === "tool").map(({ content }) => content);
      const first = await inNamespace(scratch, setUp(scratch), agent, service.env);
      equal(first.code, 0, first.stderr);
      equal(first.stdout, "done\n");
      match(first.stderr, /REDUCED/);
      match(first.stderr, cause);
      match(results()[0] ?? "", /buy milk/);
      match(results()[1] ?? "", /Refused: .*REDUCED[^]+ward doctor/);

      const status = await inNamespace(scratch, setUp(scratch), ["status"]);
      match(status.stdout, /os layer +reduced: REDUCED/);
      match(status.stdout, cause);
      const doctor = await inNamespace(scratch, setUp(scratch), ["doctor"]);
      equal(doctor.code, 2);
      match(doctor.stdout, /REDUCED/);
      // Where the system says what forbids them, doctor names the one command.
      match(doctor.stdout, new RegExp(cause.source, "i"));

      // The built-in assistant says it too.
      const builtin = await inNamespace(
        scratch,
        setUp(scratch),
        ["agent", "-w", scratch.workspace, "-m", "read notes.md, then what may you touch?"],
      );
      match(builtin.stdout, /buy milk/);
      match(builtin.stdout, /REDUCED/);

      writeConfig(scratch, "[commands]\nwithout_sandbox = true\n");
      const on = await inNamespace(scratch, setUp(scratch), agent, service.env);
      equal(on.code, 0, on.stderr);
      match(results()[1] ?? "", /buy milk/);
      match(on.stderr, /REDUCED/);
      const off = await inNamespace(scratch, setUp(scratch), ["doctor"]);
      match(off.stdout, /Commands run unconfined/);
      equal(off.code, 2);
    },
  });
}

Deno.test({
  name: `no bubblewrap: cells by unshare, and status says so${noMount}`,
  ignore: !canMount,
  async fn() {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "cat notes.md" } }] },
      { content: "done" },
    ]);
    const agent = ["agent", "-w", scratch.workspace, "-m", "go"];
    const run = await inNamespace(scratch, HIDE_BWRAP, agent, service.env);
    equal(run.code, 0, run.stderr);
    ok(!run.stderr.includes("REDUCED"), run.stderr);
    match(service.bodies().at(-1) ?? "", /buy milk/);
    match(service.bodies()[0] ?? "", /In force: UNSHARE/);
    const status = await inNamespace(scratch, HIDE_BWRAP, ["status"]);
    match(status.stdout, /os layer +in force: unshare of util-linux.+bubblewrap is not installed/);
    const doctor = await inNamespace(scratch, HIDE_BWRAP, ["doctor", "--prove"]);
    equal(doctor.code, 0, doctor.stdout);
  },
});

Deno.test({
  name: `a fake bwrap first on PATH changes nothing${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    const bin = `${scratch.folder}/fake`;
    Deno.mkdirSync(bin);
    Deno.writeTextFileSync(`${bin}/bwrap`, `#!/bin/sh\ntouch ${scratch.folder}/ran\n`, {
      mode: 0o755,
    });
    const run = await ask(scratch, "read notes.md", { PATH: `${bin}:${scratch.env["PATH"]}` });
    match(run.stdout, /buy milk/);
    ok(![...Deno.readDirSync(scratch.folder)].some(({ name }) => name === "ran"));
  },
});
