import { AppError } from "../../base/app_error.ts";
import type { SandboxLine, SandboxMachine } from "./sandbox.ts";

/**
 * What the launcher starts: the sandbox's line itself, or a shell that first closes the open files
 * ward was started with, because a sandbox hands on all of them. Through one on a folder a program
 * in the cell would reach everything beside it (openat(2)).
 *
 * @throws {AppError} `cell.open_files` when there are some and nothing here closes them.
 */
export function launchLine(
  { program, args, detached }: SandboxLine,
  { closer, inherited }: SandboxMachine,
): SandboxLine {
  if (inherited.length === 0) return { program, args, detached };
  const closes = inherited.map((descriptor) => `${descriptor}>&-`).join(" ");
  if (closer === null) {
    throw new AppError(
      "cell.open_files",
      `ward was started with open files (${inherited.join(", ")}) that a cell would get`,
      { hint: `Start it with ${closes}, or install bash, which closes them` },
    );
  }
  return {
    program: closer,
    args: ["-c", `exec ${closes}; exec -c "$@"`, "cell", program, ...args],
    detached,
  };
}
