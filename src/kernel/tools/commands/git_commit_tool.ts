import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { Tool } from "../../ports.ts";
import type { CommandToolDeps } from "./command_tools.ts";
import { programsPlan } from "./programs_plan.ts";
import { runResult } from "./run_result.ts";

const schema = z.strictObject({
  message: z.string(),
  paths: z.array(z.string()).optional(),
});

/** The tool `git_commit`: adds and commits; the repository's hooks stay off, and it says so. */
export function createGitCommitTool(deps: CommandToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "git_commit",
    description: "Stage (all, or paths) and commit",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ message, paths }) {
      if (message.trim() === "") throw new AppError("tools.empty_message", "The message is empty");
      if ([message, ...(paths ?? [])].some((text) => text.includes("\0"))) {
        throw new AppError("tools.bad_command", "The arguments have a NUL character");
      }
      const only = paths === undefined || paths.length === 0 ? [] : ["--", ...paths];
      // Hooks and signing are off by the runner's overrides too; said here for the reader.
      const calls = [
        ["git", "add", "--all", ...only],
        ["git", "commit", "--no-verify", "--no-gpg-sign", `--message=${message}`, ...only],
      ];
      const title = `git commit: ${message.split("\n", 1)[0]}`;
      return {
        accesses: calls.map((words) => ({ permission: "run", words })),
        title,
        readOnly: false,
        cell: "git_write",
        execute: async ({ signal, leased }) =>
          runResult(
            title,
            await deps.hands.runPlan({
              plan: programsPlan(calls),
              cwd: deps.workspace,
              timeoutMs: deps.timeoutMs,
              outputLimitBytes: deps.outputLimitBytes,
              env: { ...deps.env, ...identity(deps.author), GIT_LITERAL_PATHSPECS: "1" },
            }, { signal, leased, variant: "git_write" }),
            ["[git hooks were off]"],
          ),
      };
    },
  };
}

/** The user's name as variables; without one git takes the repository's or says what it needs. */
function identity({ name, email }: CommandToolDeps["author"]): Record<string, string> {
  return {
    ...(name === null ? {} : { GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name }),
    ...(email === null ? {} : { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email }),
  };
}
