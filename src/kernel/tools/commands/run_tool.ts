import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { CommandPlan } from "../../../model/cells/command.ts";
import type { Access, CellVariant } from "../../../model/cells/permission.ts";
import { writesGit } from "../../commands/git_calls.ts";
import { parseLine } from "../../commands/parse_line.ts";
import { walkPlan } from "../../commands/plan_files.ts";
import { DEFAULT_ALLOW, findRule } from "../../commands/rules.ts";
import { changedPaths } from "../../risk/changed_paths.ts";
import { normalizePath } from "../../../model/cells/paths.ts";
import type { Tool } from "../../ports.ts";
import type { CommandToolDeps } from "./command_tools.ts";
import { cellHost, cellNetAccess } from "../../net/cell_hosts.ts";
import { type EgressRefusal, NOT_GRANTED } from "../../../model/cells/egress.ts";
import type { HandsCallOptions } from "../hands_port.ts";
import { runResult } from "./run_result.ts";
import { startedResult } from "./background_tool.ts";

const schema = z.strictObject({
  command: z.string(),
  timeout_s: z.number().optional(),
  background: z.boolean().optional(),
  hosts: z.array(z.string()).max(8).optional(),
});

/** A line as it will be run: by its plan, or by a shell after a question about exactly that line. */
interface Line {
  /** null: a shell runs it. */
  readonly plan: CommandPlan | null;
  readonly accesses: Access[];
  readonly readOnly: boolean;
  readonly variant: CellVariant;
}

const MAX_TIMEOUT_S = 3600;
const TITLE_CHARS = 200;

/** The tool `run`: a command line, without a shell where it is understood. */
export function createRunTool(deps: CommandToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "run",
    description: "Run a shell command line in the workspace; no network but to `hosts`",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ command, timeout_s, background = false, hosts = [] }) {
      if (command.trim() === "") throw new AppError("tools.empty_command", "The command is empty");
      if (command.includes("\0")) {
        throw new AppError("tools.bad_command", "The command has a NUL character");
      }
      if (timeout_s !== undefined && !(timeout_s > 0 && timeout_s <= MAX_TIMEOUT_S)) {
        throw new AppError("tools.bad_timeout", `timeout_s must be up to ${MAX_TIMEOUT_S}`);
      }
      const line = readLine(command, deps);
      const reached = [...new Set(hosts.map(cellHost))].map(cellNetAccess);
      const title = `run ${shorten(command)}${background ? " in the background" : ""}`;
      const usualMs = background ? deps.background.timeoutMs : deps.timeoutMs;
      const limits = {
        cwd: deps.workspace,
        timeoutMs: timeout_s === undefined ? usualMs : Math.round(timeout_s * 1000),
        outputLimitBytes: deps.outputLimitBytes,
        env: deps.env,
      };
      const { plan, variant } = line;
      const run = (options: HandsCallOptions, follow: boolean) =>
        plan === null
          ? deps.hands.runLine({ ...limits, follow, line: command }, { ...options, variant })
          : deps.hands.runPlan({ ...limits, follow, plan }, { ...options, variant });
      return {
        accesses: [...reached, ...line.accesses],
        title,
        readOnly: line.readOnly && !background && reached.length === 0,
        cell: variant,
        execute: async ({ signal, leased }) => {
          if (!background) {
            const outcome = await run({ signal, leased }, false);
            const refused = await deps.takeRefused();
            const far = deps.background.noteReached(deps.takeReached());
            return runResult(title, outcome, refused.map((one) => refusalNote(one, deps)), far);
          }
          const start = (options: HandsCallOptions) =>
            run({ ...options, leased, ownCell: true }, true);
          const given = reached.map(({ host }) => host);
          const id = await deps.background.start(shorten(command), start, signal, given);
          return startedResult(title, id);
        },
      };
    },
  };
}

function readLine(command: string, deps: CommandToolDeps): Line {
  const parsed = parseLine(command, { HOME: deps.workspace, PWD: deps.workspace });
  if (parsed.type === "not_understood") return shellLine(command, parsed.why);
  const walked = walkPlan(parsed.plan, deps.workspace);
  if (walked === null) return shellLine(command, "many folder changes");
  const { files, folders } = walked;
  const runs = (words: readonly string[]): Access => {
    const changes = changedPaths(words)
      .flatMap((path) => folders.map((folder) => normalizePath(path, folder)));
    return { permission: "run", words, ...(changes.length > 0 ? { changes } : {}) };
  };
  const asked: Access[] = deps.operators === "ask" && parsed.operators
    ? [{ permission: "shell", line: command, why: "operators" }]
    : [];
  return {
    plan: parsed.plan,
    accesses: [
      ...asked,
      ...parsed.programs.map(runs),
      ...files,
    ],
    readOnly: parsed.programs.every((words) => findRule(DEFAULT_ALLOW, words) !== null) &&
      files.every((file) => file.permission === "read"),
    variant: parsed.programs.some(writesGit) ? "git_write" : "default",
  };
}

function shellLine(line: string, why: string): Line {
  return {
    plan: null,
    accesses: [{ permission: "shell", line, why }],
    readOnly: false,
    variant: "shell",
  };
}

/** What the proxy refused, and what can be done about it. */
function refusalNote({ host, why }: EgressRefusal, { hostCommand }: CommandToolDeps): string {
  if (host === null) return `[network] refused: ${why}`;
  return why === NOT_GRANTED
    ? `[network] ${host} is not granted; name it in hosts to ask for it, or the user: ` +
      `${hostCommand} ${host} --once`
    : `[network] ${host}: ${why}`;
}

function shorten(command: string): string {
  const text = command.split("\n").map((line) => line.trim()).filter(Boolean).join(" ⏎ ");
  return text.length > TITLE_CHARS ? text.slice(0, TITLE_CHARS) + "…" : text;
}
