/** `ward doctor` where folders are gone, closed, another user's or read-only, and its question. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { inTerminal } from "../kit/terminal.ts";
import {
  ask,
  makeScratch,
  ROOT,
  runWard,
  type Scratch,
  SOURCE,
  startWard,
  ward,
} from "../kit/ward_process.ts";

const parts = await machineParts();
const hasTmux = parts["tmux"]?.present ?? false;
const isRoot = Deno.uid() === 0;

interface Check {
  readonly id: string;
  readonly severity: string;
  readonly found: string;
  readonly fix: string | null;
}

/** Findings that are no better than a warning, with the exit code. */
async function wrong(
  scratch: Scratch,
  options: { args?: string[]; env?: Record<string, string>; form?: readonly string[] } = {},
): Promise<{ code: number; ids: string[]; of: (id: string) => Check | undefined }> {
  const { args = ["--offline"], env = {}, form = SOURCE } = options;
  const run = await runWard(["doctor", "--json", ...args], {
    env: { ...scratch.env, ...env },
    cwd: scratch.workspace,
    form,
  });
  ok(run.stdout.startsWith("{"), run.stdout + run.stderr);
  const { checks } = JSON.parse(run.stdout) as { checks: Check[] };
  const ids = checks.filter(({ severity }) => severity === "warning" || severity === "error")
    .map(({ id }) => id).filter((id) => id !== "limits.root_processes");
  return { code: run.code, ids, of: (id) => checks.find((check) => check.id === id) };
}

Deno.test("doctor where a file is in the way, the workspace is gone, or the runtime is another", async () => {
  using scratch = makeScratch();
  Deno.writeTextFileSync(scratch.home, "");
  const file = await wrong(scratch, { args: ["--offline", "-w", "/nowhere"] });
  equal(file.code, 2);
  deepEqual(file.ids, ["home.mode", "config.file", "workspace.choice"]);
  match(file.of("workspace.choice")?.found ?? "", /"\/nowhere": it does not exist/);
  Deno.removeSync(scratch.home);
  // Without ward's flags, code can be made from text.
  const form = [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "--unstable-worker-options",
    `${ROOT}/src/main.ts`,
  ];
  const bare = await wrong(scratch, { form });
  ok(bare.ids.includes("layers.runtime"), bare.ids.join());
  // The proof is made in the real profile; what stands in its way is told.
  Deno.mkdirSync(scratch.home, { mode: 0o700 });
  Deno.writeTextFileSync(`${scratch.home}/config.toml`, "[model\n", { mode: 0o600 });
  const proof = await wrong(scratch, { args: ["--prove"] });
  equal(proof.code, 1);
  deepEqual(proof.ids.filter((id) => id !== "layers.sandbox"), ["config.syntax", "prove"]);
  Deno.removeSync(`${scratch.home}/config.toml`);
  Deno.writeTextFileSync(`${scratch.home}/active_profile`, "gone\n");
  Deno.symlinkSync("/nowhere", `${scratch.home}/config.toml`);
  const gone = await wrong(scratch);
  deepEqual(gone.ids, ["home.profile", "config.file"]);
  match(gone.of("config.file")?.found ?? "", /a link that leads nowhere/);
  match(gone.of("home.profile")?.fix ?? "", /ward profile use default/);
});

Deno.test({
  name: `doctor on a profile of another user, and on a disk that is read-only${
    isRoot ? "" : ", skipped: not root"
  }`,
  ignore: !isRoot,
  async fn() {
    using scratch = makeScratch();
    await ask(scratch, "what time is it?");
    Deno.chmodSync(scratch.folder, 0o755);
    // Root looks at a profile of nobody.
    const own = (uid: number) => {
      const change = (path: string) => {
        Deno.chownSync(path, uid, uid);
        if (!Deno.statSync(path).isDirectory) return;
        for (const { name, isSymlink } of Deno.readDirSync(path)) {
          if (!isSymlink) change(`${path}/${name}`);
        }
      };
      change(scratch.env["HOME"]!);
    };
    own(65534);
    const other = await wrong(scratch);
    equal(other.code, 1);
    deepEqual([...new Set(other.ids)], ["home.mode", "data.mode"]);
    match(other.of("home.mode")?.fix ?? "", /Run ward as user 65534/);
    own(0);
    const readOnly = await wrong(scratch, {
      form: [
        "/usr/bin/unshare",
        "-m",
        "/bin/sh",
        "-c",
        `mount --bind '${scratch.home}' '${scratch.home}' && ` +
        `mount -o remount,bind,ro '${scratch.home}' && exec "$@"`,
        "sh",
        ...SOURCE,
      ],
    });
    equal(readOnly.code, 2);
    deepEqual(readOnly.ids, ["home.writable"]);
    equal(readOnly.of("database.open")?.severity, "ok");
  },
});

Deno.test({
  name: `doctor --fix asks in a terminal: n changes nothing, y mends${hasTmux ? "" : ", skipped"}`,
  ignore: !hasTmux,
  async fn() {
    using scratch = makeScratch();
    await ask(scratch, "what time is it?");
    for (const [answer, mode] of [["n", 0o755], ["y", 0o700]] as const) {
      Deno.chmodSync(scratch.home, 0o755);
      const words = [...SOURCE, "doctor", "--offline", "--fix"];
      await inTerminal(words, { env: scratch.env, cwd: scratch.workspace }, async (pane) => {
        match(await pane.waitFor("Mend this? [y/N]"), /- 0755 .+\n\+ 0700 /);
        await pane.type(answer);
        await pane.waitFor("EXIT=");
      });
      equal(Deno.statSync(scratch.home).mode! & 0o777, mode);
    }
    equal((await ward(scratch, ["status"])).code, 0);
  },
});

Deno.test("doctor that is interrupted leaves no copy of the database", async () => {
  using scratch = makeScratch();
  await ask(scratch, "what time is it?");
  const temporary = `${scratch.folder}/tmp`;
  Deno.mkdirSync(temporary);
  const copies = () => [...Deno.readDirSync(temporary)].map(({ name }) => name);
  using lock = Deno.openSync(`${scratch.home}/data/ward.db.lock`, { read: true });
  await lock.lock(true);
  const run = startWard(["doctor", "--offline"], {
    env: { ...scratch.env, TMPDIR: temporary },
    cwd: scratch.workspace,
  });
  const endsAt = performance.now() + 90_000;
  while (copies().length === 0) {
    ok(performance.now() < endsAt, "doctor makes a folder for its copies");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  run.child.kill("SIGINT");
  equal((await run.done).code, 130);
  deepEqual(copies(), []);
});
