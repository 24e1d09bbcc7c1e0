import type { Ward } from "../ward.ts";
import { programMounts } from "../../host/process/programs.ts";
import { childEnvironment } from "../../kernel/commands/child_env.ts";
import type { Grant } from "../../model/cells/permission.ts";

/**
 * The environment of programs in the cell.
 *
 * @param grants Grants in force; those of kind `env` pass a name on.
 */
export function childVariables(ward: Ward, grants: readonly Grant[]): Record<string, string> {
  const programs = programMounts(ward.machine, ward.hands.programs({ grants, tainted: false }));
  const folders = new Set(programs.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
  const granted = grants.filter((grant) => grant.permission === "env").map((grant) => grant.value);
  const { environment, settings } = ward.start;
  const passed = Object.fromEntries(
    granted.flatMap((name) => {
      const value = environment.lookup(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return childEnvironment({
    parent: { ...environment.variables, ...passed },
    scrubExtra: settings.commands.scrubExtra,
    workspace: settings.workspace,
    path: [...folders].join(":") || "/usr/bin",
    granted,
  });
}
