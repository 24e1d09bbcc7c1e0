/** Ward with mounts of its own: folders that are full, read-only or gone for it alone. */
import { equal, match, ok } from "node:assert/strict";
import { runWard, type Scratch, SOURCE, type WardRun } from "./ward_process.ts";

/** Mounts of its own need root; a machine may still forbid them. */
export const canMount: boolean = Deno.uid() === 0 && await new Deno.Command("/usr/bin/unshare", {
  args: ["-m", "mount", "--bind", "/dev/null", "/usr/bin/bwrap"],
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/** For the name of a test that needs them. */
export const noMount: string = canMount ? "" : ", skipped: no private mounts (root)";

/** Runs ward in a mount namespace of its own, after these lines of sh. */
export function inNamespace(
  scratch: Scratch,
  setUp: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<WardRun> {
  return runWard(args, {
    env: { ...scratch.env, ...env },
    cwd: scratch.workspace,
    form: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", `${setUp}\nexec "$@"`, "sh", ...SOURCE],
  });
}

/** A failure that a user can act on: no stack trace, exit code 1 or 2. */
export function assertPlain(run: WardRun, said: RegExp, what = ""): void {
  equal(run.code === 1 || run.code === 2, true, `${what}: ${run.code}\n${run.stdout}`);
  match(run.stderr, said, what);
  ok(!/^\s+at |failed unexpectedly|Uncaught|panicked/m.test(run.stderr), `${what}\n${run.stderr}`);
}
