import { allPrograms, presentPrograms } from "../../host/process/programs.ts";
import type { Machine } from "../../host/process/machine.ts";
import { grantProgram } from "../../kernel/commands/rules.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/** What decides, besides the settings, what `hands` may touch. */
export interface InForce {
  readonly grants: readonly Grant[];
  /** The session read from outside: only granted programs may run. */
  readonly tainted: boolean;
}

/** Names of the programs that may run, those that exist. */
export function programNames(
  settings: ResolvedSettings,
  machine: Machine,
  { grants, tainted }: InForce,
): string[] {
  const rules = [
    ...(tainted ? [] : settings.commands.allow),
    ...grants.filter((grant) => grant.permission === "run").map((grant) => grant.value),
  ];
  const names = new Set(rules.map(grantProgram).filter((name) => name !== null));
  if (names.has("*")) return allPrograms(machine);
  return presentPrograms(machine, names);
}

/** Limits of the settings that this machine cannot hold. */
export function limitsNotInForce(machine: Machine): string[] {
  return [
    ...(machine.prlimit ? [] : ["memory, processes, file size, CPU: prlimit is missing"]),
    // RLIMIT_NPROC is not applied to root (setrlimit(2)); commands are then bounded by time.
    ...(Deno.uid() === 0 ? ["processes: ward runs as root"] : []),
  ];
}
