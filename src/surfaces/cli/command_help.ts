/** What is known of every command, for the docs and the completion: read from the command line itself. */
import type { Command } from "commander";
import { commandTree, parseCommandLine } from "./parse_command_line.ts";

/** A command and what may follow it. */
export interface CommandInfo {
  /** Words after `ward`; none for ward itself. */
  readonly path: readonly string[];
  /** Other names of its last word. */
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** Names and one line each of what is below it. */
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionInfo[];
  readonly arguments: readonly { readonly name: string; readonly choices: readonly string[] }[];
}

/** An option. */
export interface OptionInfo {
  /** `-m`, `--message`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Whether a word belongs to it. */
  readonly value: "none" | "optional" | "required";
  /** Values it takes, where that is a list. */
  readonly choices: readonly string[];
}

/** Every command, ward itself first, in the order of the help. */
export function describeCommands(): CommandInfo[] {
  return describe(commandTree(), []);
}

function describe(command: Command, path: readonly string[]): CommandInfo[] {
  const below = command.commands.filter((one) => one.name() !== "help");
  return [
    {
      path,
      aliases: command.aliases(),
      summary: command.summary(),
      description: command.description(),
      commands: below.flatMap((one) =>
        [one.name(), ...one.aliases()].map((name) => ({ name, summary: one.summary() }))
      ),
      options: command.options.filter(({ hidden }) => !hidden).map((option) => ({
        names: [option.short, option.long].filter((name) => name !== undefined),
        summary: option.description,
        value: option.required ? "required" : option.optional ? "optional" : "none",
        choices: option.argChoices ?? [],
      })),
      arguments: command.registeredArguments.map((argument) => ({
        name: argument.name(),
        choices: argument.argChoices ?? [],
      })),
    },
    ...below.flatMap((one) => describe(one, [...path, one.name()])),
  ];
}

/** The help of a command as it is printed. */
export function helpOf(path: readonly string[], columns: number = 80): string {
  const parsed = parseCommandLine([...path, "--help"], columns);
  if (parsed.type !== "help") throw new TypeError(`No help: ${path.join(" ")}`);
  return parsed.text;
}
