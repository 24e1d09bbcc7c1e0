/** What a server says of its tools: the form in which it is approved, and the one that models get. */
import type { McpServer } from "../../model/mcp/server.ts";
import type { McpToolDefinition } from "../../model/mcp/session.ts";
import { sanitizeOutside } from "../outside/sanitize.ts";

/** Characters of all that a tool says of itself. */
const MAX_DEFINITION = 64 * 1024;
/** Characters of a description that models get. */
const MAX_DESCRIPTION = 4_000;
/** Levels of a schema. */
const MAX_DEPTH = 24;

/** Names of tools (SEP-986 of the protocol): one with a star would stand for others in a grant. */
const TOOL = /^[A-Za-z0-9_.\/-]{1,128}$/;

/** Names of arguments that every model's service takes. */
const ARGUMENT = /^[A-Za-z0-9_.-]{1,64}$/;

/** Parts of a schema that are words and not rules. */
const WORDS = new Set(["title", "description", "$comment"]);

/** Parts of the top level that some services refuse; the server checks them itself. */
const NOT_AT_TOP = new Set([
  "$schema",
  "$id",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
]);

/** A tool as models are told of it. */
export interface OfferedDefinition {
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One text of all that is approved of a tool; the same for the same words in another order. */
export function definitionText(definition: McpToolDefinition): string {
  const { name, title, description, inputSchema } = definition;
  return [
    `name: ${name}`,
    ...title === null ? [] : [`title: ${title}`],
    "description:",
    ...description.split("\n").map((line) => `  ${line}`),
    "arguments:",
    ...JSON.stringify(sorted(inputSchema), null, 2).split("\n").map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** Why a tool cannot be offered, in words of ward's own; null: it can. */
export function definitionProblem(definition: McpToolDefinition): string | null {
  const { name, inputSchema } = definition;
  if (!TOOL.test(name)) return "its name is none that a tool may have";
  if (inputSchema["type"] !== "object") return "its arguments are no object";
  // What is deep is looked at no further.
  const problem = schemaProblem(inputSchema, 0);
  if (problem !== null) return problem;
  if (definitionText(definition).length > MAX_DEFINITION) {
    return `it says more of itself than ${MAX_DEFINITION / 1024} KB`;
  }
  return null;
}

function schemaProblem(value: unknown, depth: number): string | null {
  if (depth > MAX_DEPTH) return "its schema is too deep";
  if (typeof value === "string") return ruleProblem(value);
  if (typeof value !== "object" || value === null) return null;
  if (!Array.isArray(value)) {
    const { properties } = value as { properties?: unknown };
    const names =
      typeof properties === "object" && properties !== null && !Array.isArray(properties)
        ? Object.keys(properties)
        : [];
    if (names.some((name) => !ARGUMENT.test(name))) {
      return "an argument has a name that models do not take";
    }
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem = (Array.isArray(value) ? null : ruleProblem(key)) ??
      (isWords(key, inner) ? null : schemaProblem(inner, depth + 1));
    if (problem !== null) return problem;
  }
  return null;
}

/** A rule cannot be cleaned without another meaning: one that would have to be is not taken. */
function ruleProblem(text: string): string | null {
  return sanitizeOutside(text).removed.length === 0
    ? null
    : "its schema hides something outside of its descriptions";
}

/** Whether a part of a schema is words for a model. */
function isWords(key: string, value: unknown): value is string {
  return WORDS.has(key) && typeof value === "string";
}

/** The owner's words on a server, as models get them; "": none. */
export function wordsOn({ description }: Pick<McpServer, "description">): string {
  return description === null ? "" : cleanText(description);
}

/**
 * A tool as models get it: cleaned like all text from outside, with the owner's word on the server in
 * front.
 */
export function offeredDefinition(
  { description, title, inputSchema }: McpToolDefinition,
  server: Pick<McpServer, "description">,
): OfferedDefinition {
  const words = cleanText(description === "" ? title ?? "" : description).slice(0, MAX_DESCRIPTION);
  const about = wordsOn(server);
  const prefix = about === "" ? "" : `[server: ${about}]\n`;
  const top = Object.fromEntries(
    Object.entries(inputSchema).filter(([key]) => !NOT_AT_TOP.has(key)),
  );
  return {
    description: `${prefix}${words}`.trim() || "(no description)",
    parameters: cleanSchema(top) as Record<string, unknown>,
  };
}

function cleanSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleanSchema);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    // An argument may have the name of one of them; its value is then a schema.
    Object.entries(value).filter(([key, inner]) =>
      !(key === "$comment" && typeof inner === "string") &&
      !(key === "examples" && Array.isArray(inner))
    )
      .map(([key, inner]) => [
        key,
        isWords(key, inner) ? cleanText(inner).slice(0, MAX_DESCRIPTION) : cleanSchema(inner),
      ]),
  );
}

/** Kinds of orders that the words of a tool give, for the person who approves it. */
export function ordersIn(definition: McpToolDefinition): readonly string[] {
  return [...new Set(textsOf(definition).flatMap((text) => sanitizeOutside(text).orders))];
}

/** Whether it has characters that nobody sees. */
export function hidesSomething(definition: McpToolDefinition): boolean {
  return textsOf(definition).some((text) =>
    !text.isWellFormed() || sanitizeOutside(text).removed.length > 0
  );
}

/** All of its texts, each by itself: as one text, line ends and quotes between would hide a phrase. */
function textsOf({ name, title, description, inputSchema }: McpToolDefinition): string[] {
  const inside = (value: unknown): string[] => {
    if (typeof value === "string") return [value];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => [key, ...inside(inner)]);
  };
  return [name, title ?? "", description, ...inside(inputSchema)];
}

function cleanText(text: string): string {
  return sanitizeOutside(text).text.trim();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
