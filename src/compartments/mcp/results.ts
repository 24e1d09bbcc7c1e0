/** What a server answered, in ward's own form: nothing else of it crosses to the kernel. */
import type {
  CallToolResult,
  ContentBlock,
  ElicitRequestFormParams,
  Tool,
} from "@modelcontextprotocol/client";
import type {
  McpCallResult,
  McpField,
  McpPart,
  McpToolDefinition,
} from "../../model/mcp/session.ts";

/** A tool's own words. */
export function definitionOf(
  { name, title, annotations, description, inputSchema }: Tool,
): McpToolDefinition {
  return {
    name,
    title: title ?? annotations?.title ?? null,
    description: description ?? "",
    inputSchema: JSON.parse(JSON.stringify(inputSchema)),
  };
}

/** A result. */
export function resultOf({ isError, content, structuredContent }: CallToolResult): McpCallResult {
  const parts = content.map(partOf);
  const data: McpPart[] =
    structuredContent === undefined || parts.some(({ type }) => type === "text")
      ? []
      : [{ type: "text", text: JSON.stringify(structuredContent, null, 2) }];
  return { type: "result", isError: isError ?? false, parts: [...parts, ...data] };
}

function partOf(block: ContentBlock): McpPart {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "image":
    case "audio":
      return { type: block.type, mimeType: block.mimeType, bytes: bytesOf(block.data) };
    case "resource_link":
      return { type: "link", uri: block.uri, name: block.title ?? block.name };
    case "resource": {
      const { resource } = block;
      return "text" in resource ? { type: "text", text: `${resource.uri}\n${resource.text}` } : {
        type: "data",
        uri: resource.uri,
        mimeType: resource.mimeType ?? "application/octet-stream",
        bytes: bytesOf(resource.blob),
      };
    }
  }
}

/** Of base64. */
function bytesOf(data: string): number {
  return Math.floor(data.replace(/(?<!=)=+$/, "").length * 3 / 4);
}

/** The values that a form asks for. */
export function fieldsOf({ requestedSchema }: ElicitRequestFormParams): McpField[] {
  const required = requestedSchema.required ?? [];
  return Object.entries(requestedSchema.properties).map(([name, field]) => ({
    name,
    title: field.title ?? field.description ?? name,
    required: required.includes(name),
    standard: field.default ?? null,
  }));
}
