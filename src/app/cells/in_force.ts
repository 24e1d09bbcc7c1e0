import { allPrograms, presentPrograms } from "../../host/process/programs.ts";
import type { Machine } from "../../host/process/machine.ts";
import { splitWords } from "../../kernel/policy/explain.ts";
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
    ...grants.filter((grant) => grant.permission === "run" && !grant.value.startsWith("line:"))
      .map((grant) => grant.value),
  ];
  if (rules.includes("*")) return allPrograms(machine);
  const names = new Set(rules.map((rule) => splitWords(rule)[0] ?? ""));
  return presentPrograms(machine, names);
}
