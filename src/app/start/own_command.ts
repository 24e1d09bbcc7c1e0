/** How this very ward is started by a program that knows neither PATH nor profile. */
import type { Profile } from "./process.ts";
import { realOrNull } from "../../host/files/user_path.ts";

/** Program and the arguments that stand before a command's own. */
export interface OwnCommand {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
}

/** The command, without a profile. */
export function ownCommand({ form, environment: { variables } }: Profile): OwnCommand {
  return {
    program: form.form === "standalone"
      ? byItsName(form.self.runtime, variables)
      : form.self.runtime,
    args: form.restart,
  };
}

/** The name that leads to a program and stays when it is replaced by a newer one. */
function byItsName(runtime: string, variables: Readonly<Record<string, string>>): string {
  for (const folder of (variables["PATH"] ?? "").split(":")) {
    const path = `${folder}/ward`;
    if (folder.startsWith("/") && realOrNull(path) === runtime) return path;
  }
  return runtime;
}
