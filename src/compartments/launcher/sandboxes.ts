/** The sandboxes that ward knows, best first. A new one is a file and an entry here. */
import { bubblewrap } from "./bubblewrap.ts";
import { seatbelt } from "./seatbelt.ts";
import { unshare } from "./unshare.ts";
import type { Sandbox, SandboxMachine } from "./sandbox.ts";

/** In the order in which they are tried. */
export const SANDBOXES: readonly Sandbox[] = [bubblewrap, unshare, seatbelt];

/** Programs that the launcher starts for cells on this machine. */
export function sandboxHelpers(machine: SandboxMachine): string[] {
  const { closer, inherited } = machine;
  return [
    ...new Set([
      ...SANDBOXES.flatMap((sandbox) => sandbox.programs(machine)),
      ...inherited.length > 0 && closer !== null ? [closer] : [],
    ]),
  ];
}
