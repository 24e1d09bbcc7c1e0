import * as z from "zod";
import type { Tool } from "../../ports.ts";

/** Model calls that one request adds. */
const STEP = 5;

const schema = z.strictObject({ reason: z.string().max(1000) });

/**
 * The tool `request_more_iterations` of a sub-agent.
 *
 * @param extend Adds model calls, up to the cap; gives how many are allowed now.
 */
export function createMoreIterationsTool(extend: (wanted: number) => number): Tool {
  const tool: Tool<z.infer<typeof schema>> = {
    name: "request_more_iterations",
    description: "Ask for more model calls, saying what is left to do",
    schema,
    flags: {
      readOnly: true,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan: () => ({
      accesses: [],
      title: "ask for more model calls",
      readOnly: true,
      execute() {
        const allowed = extend(STEP);
        return Promise.resolve({
          ok: true,
          content: `You may make ${allowed} model calls in all.`,
          summary: `${allowed} in all`,
          effects: [],
        });
      },
    }),
  };
  return tool as Tool;
}
