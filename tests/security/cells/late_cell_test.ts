/** Attacks on the start of a cell: one that says nothing, one that got too much. */
import { deepEqual } from "node:assert/strict";
import { formOf } from "../../../src/app/start/code_base.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { startCell, startThread } from "../../../src/compartments/start.ts";
import { NOTHING } from "../../../src/compartments/table.ts";
import type { CellSpec, ProofLine } from "../../../src/model/cells/cell.ts";
import { bubblewrap } from "../../../src/compartments/launcher/bubblewrap.ts";
import { inheritedDescriptors } from "../../../src/compartments/inherited_descriptors.ts";
import { lookAtMachine } from "../../../src/host/process/machine.ts";

const LINUX_ONLY = Deno.build.os !== "linux";

Deno.test({
  name: "attack: a cell that says nothing is ended, and one more is tried",
  ignore: LINUX_ONLY,
  fn: async () => deepEqual(await tryToStart(["sleep 600", "sleep 600"], 100), [2, "cell.late"]),
});

Deno.test({
  name: "attack: a cell that got an open file does not serve; one more is tried, as it may be gone",
  ignore: LINUX_ONLY,
  async fn() {
    const file = saysHello("descriptors");
    deepEqual(await tryToStart([file, saysHello(null)]), [2, null]);
    deepEqual(await tryToStart([file, file]), [2, "cell.unproven"]);
    deepEqual(await tryToStart([saysHello("file"), saysHello(null)]), [1, "cell.unproven"]);
  },
});

Deno.test("only open files that stay are those that ward was started with", () => {
  const looks = [
    new Map([[5, "ino:1"], [9, "ino:2"], [11, "ino:3"]]),
    new Map([[5, "ino:1"], [11, "ino:4"], [12, "ino:5"]]),
  ];
  deepEqual(inheritedDescriptors(() => looks.length > 1 ? looks.shift()! : looks[0]!), [5]);
});

/** A program that says what a cell of `bubblewrap` proves, but for one thing that it reached. */
function saysHello(reached: string | null): string {
  const { held, untriable } = bubblewrap.demand;
  const proof: ProofLine[] = [...held, ...untriable].map((id) => (
    { id, what: id, refused: id !== reached, errno: null, detail: "" }
  ));
  return `echo '${JSON.stringify({ hello: { proof } })}'; sleep 600`;
}

/** @returns How often a cell was started, each time by the next line, and the error. */
async function tryToStart(
  lines: readonly string[],
  limitMs?: number,
): Promise<[number, string | null]> {
  const form = formOf(new URL("../../../src/main.ts", import.meta.url).href);
  const launcher = startThread({
    id: "launcher",
    kind: "thread",
    entry: "compartments/launcher/entry",
    purpose: "",
    permissions: { ...NOTHING, run: ["/bin/sh"] },
  }, form);
  let tries = 0;
  const sandbox = {
    ...bubblewrap,
    line: () => ({ program: "/bin/sh", args: ["-c", lines[tries++]!], detached: true }),
  };
  const spec = {
    id: "hands",
    entry: "x",
    permissions: NOTHING,
    canaries: {},
    egressFolder: null,
  } as unknown as CellSpec;
  try {
    const machine = { ...lookAtMachine("/usr/bin", []) };
    const start = { launcher: launcher.client, sandbox, machine, self: form.self };
    const running = await startCell(spec, start, limitMs);
    running.stop(new AppError("test.done", "done"));
    return [tries, null];
  } catch (error) {
    if (error instanceof AppError) return [tries, error.code];
    throw error;
  } finally {
    launcher.stop(new AppError("test.done", "done"));
  }
}
