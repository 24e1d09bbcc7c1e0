/** What the tools that look at ward itself have in common: they touch nothing. */
import type * as z from "zod";
import type { ToolFlags, ToolResult } from "../../../model/conversation/tool.ts";
import type { Tool } from "../../ports.ts";

const LOOKS: ToolFlags = {
  readOnly: true,
  externalSideEffect: false,
  needsApproval: false,
  idempotent: true,
  highImpactWrite: false,
};

/** A tool that only looks. */
export function lookingTool<S extends z.ZodType>(parts: {
  readonly name: string;
  readonly description: string;
  readonly schema: S;
  title(args: z.output<S>): string;
  /** `summary` is the title where it is left out. */
  look(
    args: z.output<S>,
  ): Promise<Pick<ToolResult, "content" | "outside"> & { readonly summary?: string }>;
}): Tool {
  const { name, description, schema } = parts;
  return {
    name,
    description,
    schema,
    flags: LOOKS,
    plan(args) {
      const given = args as z.output<S>;
      const title = parts.title(given);
      return {
        accesses: [],
        title,
        readOnly: true,
        execute: async () => ({
          ok: true,
          summary: title,
          ...await parts.look(given),
          effects: [],
        }),
      };
    },
  };
}
