import * as z from "zod";
import type { ToolSpec } from "../../model/conversation/model_stream.ts";
import type { Tool } from "../ports.ts";

/**
 * Keywords that say how long or of which letters a value may be. A model hardly meets these bounds,
 * and is told by the error when it does: what they cost goes with each request.
 */
const LEFT_OUT = ["$schema", "minLength", "maxLength", "maxItems", "exclusiveMinimum", "pattern"];

/**
 * A tool as a model sees it, its parameters printed from the zod schema. What only costs tokens
 * (the schema's own address, the bounds of safe integers and lengths) is left out; zod checks them
 * anyway.
 */
export function toToolSpec(tool: Tool): ToolSpec {
  const { name, description, parameters = printed(tool.schema) } = tool;
  return { name, description, parameters };
}

/** Printing takes half a millisecond a tool, and sessions of one process share their schemas. */
const made = new WeakMap<z.ZodType, Readonly<Record<string, unknown>>>();

function printed(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const before = made.get(schema);
  if (before) return before;
  const now = slim(z.toJSONSchema(schema, { io: "input" })) as Readonly<Record<string, unknown>>;
  made.set(schema, now);
  return now;
}

function slim(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slim);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) =>
        // A parameter of such a name is an object.
        !(LEFT_OUT.includes(key) && typeof inner !== "object") &&
        !(key === "propertyNames" && JSON.stringify(inner) === '{"type":"string"}') &&
        !(key === "maximum" && inner === Number.MAX_SAFE_INTEGER) &&
        !(key === "minimum" && inner === Number.MIN_SAFE_INTEGER)
      )
      .map(([key, inner]) => [key, slim(inner)]),
  );
}
