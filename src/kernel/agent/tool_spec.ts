import * as z from "zod";
import type { ToolSpec } from "../../model/conversation/model_stream.ts";
import type { Tool } from "../ports.ts";

/**
 * A tool as a model sees it, its parameters printed from the zod schema. What only costs tokens
 * (the schema's own address, the bounds of safe integers) is left out; zod checks them anyway.
 */
export function toToolSpec(tool: Tool): ToolSpec {
  const { name, description, parameters } = tool;
  if (parameters !== undefined) return { name, description, parameters };
  const schema = z.toJSONSchema(tool.schema, { io: "input" });
  return {
    name,
    description,
    parameters: slim(schema) as Readonly<Record<string, unknown>>,
  };
}

function slim(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slim);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) =>
        key !== "$schema" &&
        !(key === "maximum" && inner === Number.MAX_SAFE_INTEGER) &&
        !(key === "minimum" && inner === Number.MIN_SAFE_INTEGER)
      )
      .map(([key, inner]) => [key, slim(inner)]),
  );
}
