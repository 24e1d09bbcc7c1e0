/** Attack: a cell that never says anything holds no call for ever. */
import assert from "node:assert/strict";
import { formOf } from "../../../src/app/start/code_base.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { startCell, startThread } from "../../../src/compartments/start.ts";
import { NOTHING } from "../../../src/compartments/table.ts";
import type { CellSpec } from "../../../src/model/cells/cell.ts";
import { bubblewrap } from "../../../src/compartments/launcher/bubblewrap.ts";
import { lookAtMachine } from "../../../src/host/process/machine.ts";

Deno.test({
  name: "a cell that says nothing is ended, and one more is tried",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const form = formOf(new URL("../../../src/main.ts", import.meta.url).href);
    const launcher = startThread({
      id: "launcher",
      kind: "thread",
      entry: "compartments/launcher/entry",
      purpose: "",
      permissions: { ...NOTHING, run: ["/usr/bin/sleep", "/usr/bin/bash", "/bin/bash"] },
    }, form);
    let tries = 0;
    const sandbox = {
      ...bubblewrap,
      line() {
        tries++;
        return { program: "/usr/bin/sleep", args: ["600"], detached: true };
      },
    };
    const spec = {
      id: "hands",
      entry: "x",
      permissions: NOTHING,
      canaries: {},
    } as unknown as CellSpec;
    try {
      await assert.rejects(
        startCell(spec, {
          launcher: launcher.client,
          sandbox,
          machine: lookAtMachine("/usr/bin"),
          self: form.self,
        }, 100),
        (error) => error instanceof AppError && error.code === "cell.late",
      );
      assert.equal(tries, 2);
    } finally {
      launcher.stop(new AppError("test.done", "done"));
    }
  },
});
