/** What may follow which words: the one table that the scripts of all shells are made from. */
import { type CommandInfo, describeCommands } from "../command_help.ts";

/** A command as the scripts look it up. */
export interface CompletionRow {
  /** Words after `ward`, joined by a space; empty for ward itself. */
  readonly path: string;
  /** Subcommands, choices of arguments, and options, the common ones too. */
  readonly words: readonly { readonly word: string; readonly summary: string }[];
  /** Whether a profile's name may follow. */
  readonly takesProfile: boolean;
}

/** An option that takes the next word. */
export interface CompletionValue {
  readonly names: readonly string[];
  readonly kind: "profile" | "path" | "words" | "any";
  readonly words: readonly string[];
}

/** See the head of this file. */
export interface CompletionTable {
  readonly rows: readonly CompletionRow[];
  readonly values: readonly CompletionValue[];
}

/** Reads the table from the command line. */
export function completionTable(): CompletionTable {
  const commands = describeCommands();
  const common = commands[0]?.options ?? [];
  const rows = commands.flatMap((command) => {
    const options = [...command.options, ...(command.path.length > 0 ? common : [])];
    const words = [
      ...command.commands.map(({ name, summary }) => ({ word: name, summary })),
      ...command.arguments.flatMap(({ choices }) => choices.map((word) => ({ word, summary: "" }))),
      ...options.flatMap(({ names, summary }) => names.map((word) => ({ word, summary }))),
      { word: "--help", summary: "show help" },
    ];
    return pathsOf(command, commands).map((path): CompletionRow => ({
      path,
      words: words.filter(({ word }, at) => words.findIndex((one) => one.word === word) === at),
      takesProfile: command.path[0] === "profile" && command.path.length === 2 &&
        ["use", "show", "rm"].includes(command.path[1]!),
    }));
  });
  const values = new Map<string, CompletionValue>();
  for (const { names, value, choices } of commands.flatMap(({ options }) => options)) {
    if (value !== "required") continue;
    const long = names.at(-1) ?? "";
    const kind = choices.length > 0
      ? "words"
      : long === "--profile" || long === "--instance"
      ? "profile"
      : ["--workspace", "--output", "--image"].includes(long)
      ? "path"
      : "any";
    values.set(names.join(" "), { names, kind, words: choices });
  }
  return { rows, values: [...values.values()] };
}

/** The path with every other name of its words. */
function pathsOf({ path }: CommandInfo, commands: readonly CommandInfo[]): string[] {
  return path.reduce<string[]>((before, word, at) => {
    const here = commands.find((one) =>
      one.path.length === at + 1 && one.path.every((part, index) => part === path[index])
    );
    return before.flatMap((start) =>
      [word, ...here?.aliases ?? []].map((name) => start === "" ? name : `${start} ${name}`)
    );
  }, [""]);
}
