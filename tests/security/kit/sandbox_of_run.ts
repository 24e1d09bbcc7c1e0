/** By which sandbox this run of a battery goes. */
import type { Machine } from "../../../src/host/process/machine.ts";
import { SOURCE } from "../../e2e/kit/ward_process.ts";

/** Set in the run by `unshare`. */
export const BY_UNSHARE: boolean = Deno.env.get("WARD_TEST_SANDBOX") === "unshare";

/** The machine as this run may find it. */
export function machineOfRun(machine: Machine): Machine {
  return BY_UNSHARE ? { ...machine, bwrap: null } : machine;
}

/** Program and arguments of a real ward of this run. */
export const WARD: readonly string[] = BY_UNSHARE
  ? SOURCE.map((word) => word.replace(/\bsrc\/main\.ts$/, "tests/security/kit/ward_by_unshare.ts"))
  : SOURCE;
