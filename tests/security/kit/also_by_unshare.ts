/** Runs a battery once more by `unshare`, as on a machine without bubblewrap. */
import assert from "node:assert/strict";
import { filterWords, IS_NOBODY } from "./as_nobody.ts";
import { ROOT } from "./hands_kit.ts";
import { BY_UNSHARE } from "./sandbox_of_run.ts";

/**
 * Registers the run of a test file by `unshare`, which runs as another user in turn.
 *
 * @param filter Names of its tests that run; all when left out. The gate is one of them.
 */
export function alsoByUnshare(fileUrl: string, filter?: RegExp): void {
  if (BY_UNSHARE || IS_NOBODY) return;
  const source = filter?.source ?? "";
  Deno.test("all of this by unshare, without bubblewrap", async (t) => {
    const run = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "-A",
        ...filterWords(source),
        new URL(fileUrl).pathname,
      ],
      cwd: ROOT,
      env: { WARD_TEST_SANDBOX: "unshare", WARD_TEST_FILTER: source, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(run.stdout);
    assert(run.success, text + new TextDecoder().decode(run.stderr));
    const gates = [...text.matchAll(/^\s*(.* by unshare \(.*\) effective .*?) \.\.\. /gm)];
    assert(gates.length > 0, text);
    for (const [, gate = ""] of gates) await t.step(gate, () => {});
  });
}
