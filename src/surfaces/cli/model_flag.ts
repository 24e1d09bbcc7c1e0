/** Which commands `--model` means something to; every other one says so and ends. */
import { UsageError } from "../../base/app_error.ts";
import type { ParsedCommand } from "./parsed_command.ts";

/** What stands for a menu of all models. */
export const ASK_MODEL = "?";

/** Commands that ask for a model by a menu. */
const ASKING: readonly ParsedCommand["type"][] = ["agent", "onboard"];

/** Commands that take a model by its name: what they print depends on it. */
const TAKING: readonly ParsedCommand["type"][] = [
  ...ASKING,
  "acp",
  "start",
  "status",
  "models",
  "doctor",
  "permissions",
  "explain",
];

/**
 * Refuses a model that would be ignored.
 *
 * @throws {UsageError} `cli.no_model`: the command uses none; `cli.missing_argument`: `?` where
 * there is no menu.
 */
export function checkModelFlag(command: ParsedCommand): void {
  if (command.type === "help" || command.model === null) return;
  // Of `explain run git branch -M main` the flag was meant for git.
  const isOfProgram = command.type === "explain" && command.permission === "run";
  if (isOfProgram || !TAKING.includes(command.type)) {
    throw new UsageError("cli.no_model", "This command uses no model: --model has no place here", {
      hint: isOfProgram
        ? 'Put a program with its options in quotes: "git branch -M main"'
        : "Leave it out; the model of every start is set by `ward config set model.name`",
    });
  }
  if (command.model === ASK_MODEL && !ASKING.includes(command.type)) {
    throw new UsageError("cli.missing_argument", "This command has no menu of models", {
      hint: "Give one as provider/model; `ward models` lists them",
    });
  }
}
