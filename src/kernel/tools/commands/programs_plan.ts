import type { CommandPlan } from "../../../model/cells/command.ts";

/** A plan of literal program calls, each run only when the one before it worked. */
export function programsPlan(calls: readonly (readonly string[])[]): CommandPlan {
  const plans = calls.map(([program = "", ...args]): CommandPlan => ({
    type: "pipeline",
    negated: false,
    stages: [{
      type: "program",
      program,
      args: args.map((text) => ({ parts: [{ type: "text", text }] })),
      env: {},
      redirects: [],
      pipeStderr: false,
    }],
  }));
  return plans.reduce((left, right) => ({ type: "and", left, right }));
}
