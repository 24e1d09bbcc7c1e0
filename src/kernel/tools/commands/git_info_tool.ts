import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { Tool } from "../../ports.ts";
import type { CommandToolDeps } from "./command_tools.ts";
import { programsPlan } from "./programs_plan.ts";
import { runResult } from "./run_result.ts";

const schema = z.strictObject({
  what: z.enum(["status", "log", "diff", "show", "branches", "blame"]),
  ref: z.string().optional(),
  path: z.string().optional(),
  count: z.number().optional(),
});

const DEFAULT_COUNT = 20;
const MAX_COUNT = 1000;

/** The tool `git_info`: what git knows of the workspace; built from words, no shell. */
export function createGitInfoTool(deps: CommandToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "git_info",
    description: "Read git state",
    schema,
    flags: {
      readOnly: true,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: true,
      highImpactWrite: false,
    },
    plan(args) {
      const words = toWords(args);
      const title = words.join(" ");
      return {
        accesses: [{ permission: "run", words }],
        title,
        readOnly: true,
        execute: async ({ signal, leased }) =>
          runResult(
            title,
            await deps.hands.runPlan({
              plan: programsPlan([words]),
              cwd: deps.workspace,
              timeoutMs: deps.timeoutMs,
              outputLimitBytes: deps.outputLimitBytes,
              env: { ...deps.env, GIT_LITERAL_PATHSPECS: "1" },
            }, { signal, leased }),
          ),
      };
    },
  };
}

function toWords({ what, ref, path, count }: z.infer<typeof schema>): string[] {
  if (ref !== undefined && !/^[^-\s\0][^\s\0]*$/.test(ref)) {
    throw new AppError("tools.bad_ref", `"${ref}" is not a revision`);
  }
  const behind = path === undefined ? [] : ["--", path];
  const at = ref === undefined ? [] : [ref];
  switch (what) {
    case "status":
      return ["git", "status", "--short", "--branch", ...behind];
    case "log": {
      const bounded = Math.min(Math.max(1, Math.round(count ?? DEFAULT_COUNT)), MAX_COUNT);
      return ["git", "log", `-n${bounded}`, "--format=%h %as %an: %s", ...at, ...behind];
    }
    case "diff":
      return ["git", "diff", "--no-ext-diff", ...at, ...behind];
    case "show":
      return ["git", "show", "--no-ext-diff", ...at, ...behind];
    case "branches":
      return ["git", "log", "--no-walk", "--branches", "--remotes", "--format=%h %as %D: %s"];
    case "blame":
      if (path === undefined) throw new AppError("tools.no_path", "blame needs a path");
      return ["git", "blame", "--date=short", ...at, ...behind];
  }
}
