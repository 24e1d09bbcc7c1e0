/** Questions to the user, and what happens where nobody can be asked. */
import type { CommandContext, ProfileContext, Streams } from "./commands/context.ts";
import { UsageError } from "../base/app_error.ts";
import { terminalSize } from "../host/process/terminal.ts";
import { createPrompter, type Prompter } from "../surfaces/prompts/prompter.ts";

/** Where a command asks: on an opened profile, or before there is one. */
export type Asking =
  | ProfileContext
  | CommandContext
  | Streams & { readonly variables: Readonly<Record<string, string | undefined>> };

/**
 * The one who asks; null where nobody can answer: standard input or stderr is no terminal, or
 * the command prints JSON for a program.
 */
export function prompterOf(context: Asking): Prompter | null {
  const { input, stderr, keys, json } = context;
  if (json || !input.isTerminal || !stderr.isTerminal) return null;
  const { variables } = "ward" in context
    ? context.ward.start.environment
    : "profile" in context
    ? context.profile.environment
    : context;
  const term = variables["TERM"] ?? "dumb";
  return createPrompter({ keys, output: stderr, isDumb: term === "dumb", size: terminalSize });
}

/**
 * An argument as given, or asked for where it was left out.
 *
 * @param argument `name`: as the usage writes it, `<key>`. `usage`: the whole command line.
 * `ask`: asks for it, such as with a menu.
 * @throws {UsageError} `cli.missing_argument` where nobody can be asked.
 */
export async function argumentOr<T>(
  context: Asking,
  given: T | null,
  argument: { name: string; usage: string; ask(prompter: Prompter): Promise<T> },
): Promise<T> {
  if (given !== null) return given;
  const prompter = prompterOf(context);
  if (prompter) return await argument.ask(prompter);
  throw new UsageError("cli.missing_argument", `Missing argument ${argument.name}`, {
    hint: `Usage: ${argument.usage}`,
  });
}
