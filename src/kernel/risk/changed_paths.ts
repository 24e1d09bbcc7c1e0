import { programRow } from "./command_risk.ts";
import type { ProgramRow } from "./program_table.ts";

/**
 * The files and folders that a call of a file-changing program names for it, as written, globs too.
 * Empty for every other program. Errs on the side of more: what follows an option counts.
 *
 * @param words The call, program first.
 */
export function changedPaths(words: readonly string[]): string[] {
  const [program = "", ...args] = words;
  const row = programRow(program);
  if (row?.wraps) {
    const at = args.findIndex((arg) => programRow(arg)?.changes !== undefined);
    return at < 0 ? [] : changedPaths(args.slice(at));
  }
  const which = row?.changes ?? (program === "sed" && args.some(isInPlace) ? "all" : null);
  if (which === null) return [];
  const paths = operands(args);
  // The script of sed is no file; where it is given by -e, one path more is looked at.
  if (program === "sed") {
    return paths.slice(args.some((arg) => /^-[a-zA-Z]*[ef]/.test(arg)) ? 0 : 1);
  }
  return pick(which, paths, args);
}

function pick(
  which: NonNullable<ProgramRow["changes"]>,
  paths: readonly string[],
  args: readonly string[],
): string[] {
  switch (which) {
    case "all":
      return [...paths];
    case "all but the first":
      return paths.slice(1);
    case "last": {
      const folder = args.find((arg) => arg.startsWith("--target-directory="))?.split("=", 2)[1];
      if (folder !== undefined) return [folder];
      // With -t the folder comes first: all of them are looked at.
      return args.some((arg) => /^-[a-zA-Z]*t/.test(arg)) ? [...paths] : paths.slice(-1);
    }
  }
}

function isInPlace(arg: string): boolean {
  return /^-[a-zA-Z]*i/.test(arg) || arg.startsWith("--in-place");
}

function operands(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  return [
    ...before.filter((arg) => arg === "-" || !arg.startsWith("-")),
    ...(end < 0 ? [] : args.slice(end + 1)),
  ].filter((path) => path !== "" && path !== "-");
}
