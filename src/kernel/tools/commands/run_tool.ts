import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { CommandPlan } from "../../../model/cells/command.ts";
import type { Access, CellVariant } from "../../../model/cells/permission.ts";
import { writesGit } from "../../commands/git_calls.ts";
import { parseLine } from "../../commands/parse_line.ts";
import { planFiles } from "../../commands/plan_files.ts";
import { DEFAULT_ALLOW, findRule } from "../../commands/rules.ts";
import type { Tool } from "../../ports.ts";
import type { CommandToolDeps } from "./command_tools.ts";
import { runResult } from "./run_result.ts";

const schema = z.strictObject({
  command: z.string(),
  timeout_s: z.number().optional(),
});

/** A line as it will be run: by its plan, or by a shell after a question about exactly that line. */
type Line =
  | {
    readonly plan: CommandPlan;
    readonly accesses: Access[];
    readonly readOnly: boolean;
    readonly variant: CellVariant;
  }
  | { readonly plan: null; readonly why: string };

const MAX_TIMEOUT_S = 3600;
const TITLE_CHARS = 200;

/** The tool `run`: a command line, without a shell where it is understood. */
export function createRunTool(deps: CommandToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "run",
    description: "Run a shell command line in the workspace",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ command, timeout_s }) {
      if (command.trim() === "") throw new AppError("tools.empty_command", "The command is empty");
      if (command.includes("\0")) {
        throw new AppError("tools.bad_command", "The command has a NUL character");
      }
      if (timeout_s !== undefined && !(timeout_s > 0 && timeout_s <= MAX_TIMEOUT_S)) {
        throw new AppError("tools.bad_timeout", `timeout_s must be up to ${MAX_TIMEOUT_S}`);
      }
      const line = readLine(command, deps);
      const title = `run ${shorten(command)}`;
      const limits = {
        cwd: deps.workspace,
        timeoutMs: timeout_s === undefined ? deps.timeoutMs : Math.round(timeout_s * 1000),
        outputLimitBytes: deps.outputLimitBytes,
        env: deps.env,
      };
      if (line.plan === null) {
        return {
          accesses: [{ permission: "shell", line: command, why: line.why }],
          title,
          readOnly: false,
          cell: "shell",
          execute: async ({ signal }) =>
            runResult(
              title,
              await deps.hands.runLine({ ...limits, line: command }, { signal, variant: "shell" }),
            ),
        };
      }
      const { plan, accesses, readOnly, variant } = line;
      return {
        accesses,
        title,
        readOnly,
        cell: variant,
        execute: async ({ signal }) =>
          runResult(title, await deps.hands.runPlan({ ...limits, plan }, { signal, variant })),
      };
    },
  };
}

function readLine(command: string, deps: CommandToolDeps): Line {
  const parsed = parseLine(command, { HOME: deps.workspace, PWD: deps.workspace });
  if (parsed.type === "not_understood") return { plan: null, why: parsed.why };
  const files = planFiles(parsed.plan, deps.workspace);
  if (files === null) return { plan: null, why: "many folder changes" };
  const asked: Access[] = deps.operators === "ask" && parsed.operators
    ? [{ permission: "shell", line: command, why: "operators" }]
    : [];
  return {
    plan: parsed.plan,
    accesses: [
      ...asked,
      ...parsed.programs.map((words): Access => ({ permission: "run", words })),
      ...files,
    ],
    readOnly: parsed.programs.every((words) => findRule(DEFAULT_ALLOW, words) !== null) &&
      files.every((file) => file.permission === "read"),
    variant: parsed.programs.some(writesGit) ? "git_write" : "default",
  };
}

function shorten(command: string): string {
  const text = command.replace(/\s*\n\s*/g, " ⏎ ").trim();
  return text.length > TITLE_CHARS ? text.slice(0, TITLE_CHARS) + "…" : text;
}
