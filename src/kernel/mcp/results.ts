/** Results of served tools for the loop: all of their words are from outside. */
import { Outside } from "../../model/conversation/outside.ts";
import type { ToolResult } from "../../model/conversation/tool.ts";
import type { McpCallResult, McpPart } from "../../model/mcp/session.ts";

/** A result for the loop. @param source Where it came from: `mcp github search`. */
export function toResult(result: McpCallResult, value: string, source: string): ToolResult {
  const effects = [`call ${value}`];
  if (result.type === "refused") {
    return {
      ok: false,
      content: "The server answered with an error:",
      outside: [Outside.of(source, result.text)],
      summary: "the server answered with an error",
      effects,
    };
  }
  const text = result.parts.map(partText).join("\n");
  const summary = result.isError ? "the tool failed" : partsText(result.parts);
  return {
    ok: !result.isError,
    content: summary,
    ...text === "" ? {} : { outside: [Outside.of(source, text)] },
    summary,
    effects,
  };
}

function partText(part: McpPart): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "image":
    case "audio":
      return `(${part.type}, ${part.mimeType}, ${part.bytes} bytes, not shown)`;
    case "link":
      return `${part.name}: ${part.uri}`;
    case "data":
      return `${part.uri} (${part.mimeType}, ${part.bytes} bytes, not shown)`;
  }
}

function partsText(parts: readonly McpPart[]): string {
  if (parts.length === 0) return "an empty result";
  const characters = parts.reduce(
    (sum, part) => sum + (part.type === "text" ? part.text.length : 0),
    0,
  );
  return `${parts.length} part${parts.length === 1 ? "" : "s"}, ${characters} characters of text`;
}
