/** `--model` in any place of any command line: it is taken, or refused, and never ignored. */
import { deepEqual, equal, match } from "node:assert/strict";
import { UsageError } from "../../src/base/app_error.ts";
import { describeCommands } from "../../src/surfaces/cli/command_help.ts";
import { parseCommandLine } from "../../src/surfaces/cli/parse_command_line.ts";

const TAKES = [
  "acp",
  "start",
  "agent",
  "sessions resume",
  "models",
  "permissions",
  "permissions explain",
  "onboard",
  "doctor",
  "status",
];
const HAS_MENU = ["agent", "sessions resume", "onboard"];

/** Every command that does something, as words; one word for an argument that is needed. */
const COMMANDS = describeCommands().flatMap(({ path }) => {
  for (const words of [path, [...path, "x"]]) {
    try {
      if (parseCommandLine(words).type !== "help") return [words];
    } catch {
      // A group of commands, or an argument is missing.
    }
  }
  return [];
});

function modelOf(words: readonly string[]): string | null {
  try {
    const parsed = parseCommandLine(words);
    return parsed.type === "help" ? "help" : parsed.model;
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

Deno.test("--model is taken in any place, or the command says that it uses none", () => {
  const seen = COMMANDS.map((words) => words.filter((word) => word !== "x").join(" "));
  deepEqual(TAKES.filter((name) => !seen.includes(name)), []);
  for (const [index, words] of COMMANDS.entries()) {
    const name = seen[index]!;
    const expected = TAKES.includes(name) ? "lab/large" : "cli.no_model";
    for (
      const line of [
        ["-M", "lab/large", ...words],
        [...words, "--model", "lab/large"],
        [...words.slice(0, 1), "--model=lab/large", ...words.slice(1)],
      ]
    ) {
      equal(modelOf(line), expected, line.join(" "));
    }
    const asked = HAS_MENU.includes(name)
      ? "?"
      : TAKES.includes(name)
      ? "cli.missing_argument"
      : "cli.no_model";
    equal(modelOf([...words, "-M", "?"]), asked, name);
  }
});

Deno.test("--model of a program that is asked about is not taken for ward's own", () => {
  try {
    parseCommandLine(["permissions", "explain", "run", "git", "branch", "-M", "main"]);
  } catch (error) {
    match(String(error instanceof UsageError && error.hint), /in quotes: "git branch -M main"/);
    return;
  }
  throw new Error("it was understood");
});
