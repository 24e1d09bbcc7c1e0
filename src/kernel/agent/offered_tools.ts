import type { ToolSpec } from "../../model/conversation/model_stream.ts";
import { estimateTokens } from "../context/estimate.ts";
import type { Tool } from "../ports.ts";
import { toToolSpec } from "./tool_spec.ts";

/** What models are told of tools. */
export interface OfferedTools {
  /** The same list as before while nothing changed: a thread that has it is not sent it again. */
  readonly specs: readonly ToolSpec[];
  /** Tokens that it takes, roughly. */
  readonly tokens: number;
}

/** Prints what models will be told of tools, while there is time. */
export function printAhead(tools: readonly Tool[]): void {
  for (const tool of tools) if (tool.isOffered?.() ?? true) toToolSpec(tool);
}

/** Makes what gives the tools that go with the next request, each printed once. */
export function createOffer(): (tools: readonly Tool[]) => OfferedTools {
  const made = new Map<Tool, ToolSpec>();
  let last: OfferedTools = { specs: [], tokens: estimateTokens("[]") };
  return (tools) => {
    const specs = tools.filter((tool) => tool.isOffered?.() ?? true).map((tool) => {
      const spec = made.get(tool) ?? toToolSpec(tool);
      made.set(tool, spec);
      return spec;
    });
    const isSame = specs.length === last.specs.length &&
      specs.every((spec, at) => spec === last.specs[at]);
    if (!isSame) last = { specs, tokens: estimateTokens(JSON.stringify(specs)) };
    return last;
  };
}
