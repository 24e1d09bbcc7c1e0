/** A command line as it will be run: what it touches, and by what it is run. */
import { AppError } from "../../../base/app_error.ts";
import type { CommandPlan } from "../../../model/cells/command.ts";
import type { RunOutcome } from "../../../model/cells/hands.ts";
import { normalizePath } from "../../../model/cells/paths.ts";
import type { Access, CellVariant } from "../../../model/cells/permission.ts";
import { writesGit } from "../../commands/git_calls.ts";
import { parseLine } from "../../commands/parse_line.ts";
import { walkPlan } from "../../commands/plan_files.ts";
import { DEFAULT_ALLOW, findRule } from "../../commands/rules.ts";
import { changedPaths } from "../../risk/changed_paths.ts";
import type { HandsCallOptions } from "../hands_port.ts";
import type { CommandToolDeps } from "./command_tools.ts";

/** By its plan, or by a shell after a question about exactly that line. */
export interface CommandLine {
  readonly text: string;
  /** null: a shell runs it. */
  readonly plan: CommandPlan | null;
  readonly accesses: readonly Access[];
  readonly readOnly: boolean;
  /** Only programs of the default list, which reach no host. */
  readonly isNear: boolean;
  readonly variant: CellVariant;
}

/** What a run of a line needs. */
export type LineRunDeps = Pick<
  CommandToolDeps,
  "hands" | "workspace" | "env" | "outputLimitBytes"
>;

const TITLE_CHARS = 200;

/**
 * Reads a line. Pure.
 *
 * @throws {AppError} `tools.empty_command`, `tools.bad_command`.
 */
export function readLine(
  text: string,
  deps: Pick<CommandToolDeps, "workspace" | "operators">,
): CommandLine {
  if (text.trim() === "") throw new AppError("tools.empty_command", "The command is empty");
  if (text.includes("\0")) {
    throw new AppError("tools.bad_command", "The command has a NUL character");
  }
  const parsed = parseLine(text, { HOME: deps.workspace, PWD: deps.workspace });
  if (parsed.type === "not_understood") return shellLine(text, parsed.why);
  const walked = walkPlan(parsed.plan, deps.workspace);
  if (walked === null) return shellLine(text, "many folder changes");
  const { files, folders } = walked;
  const runs = (words: readonly string[]): Access => {
    const changes = changedPaths(words)
      .flatMap((path) => folders.map((folder) => normalizePath(path, folder)));
    return { permission: "run", words, ...(changes.length > 0 ? { changes } : {}) };
  };
  const isNear = parsed.programs.every((words) => findRule(DEFAULT_ALLOW, words) !== null);
  const asked: Access[] = deps.operators === "ask" && parsed.operators
    ? [{ permission: "shell", line: text, why: "operators" }]
    : [];
  return {
    text,
    plan: parsed.plan,
    accesses: [
      ...asked,
      ...parsed.programs.map(runs),
      ...files,
    ],
    readOnly: isNear && files.every((file) => file.permission === "read"),
    isNear,
    variant: parsed.programs.some(writesGit) ? "git_write" : "default",
  };
}

/** Runs a line in the workspace, in the cell that is for it. */
export function runLine(
  { text, plan, variant }: CommandLine,
  deps: LineRunDeps,
  timeoutMs: number,
  { follow, ...options }: HandsCallOptions & { readonly follow: boolean },
): Promise<RunOutcome> {
  const { workspace: cwd, outputLimitBytes, env } = deps;
  const limits = { cwd, timeoutMs, outputLimitBytes, env, follow };
  return plan === null
    ? deps.hands.runLine({ ...limits, line: text }, { ...options, variant })
    : deps.hands.runPlan({ ...limits, plan }, { ...options, variant });
}

/** A line for a title. */
export function shorten(command: string): string {
  const text = command.split("\n").map((line) => line.trim()).filter(Boolean).join(" ⏎ ");
  return text.length > TITLE_CHARS ? text.slice(0, TITLE_CHARS) + "…" : text;
}

function shellLine(text: string, why: string): CommandLine {
  return {
    text,
    plan: null,
    accesses: [{ permission: "shell", line: text, why }],
    readOnly: false,
    isNear: false,
    variant: "shell",
  };
}
