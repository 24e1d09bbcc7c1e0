import * as z from "zod";
import type { PathPart } from "../key_lines.ts";
import { configSchema } from "./schema.ts";
import { type KeyText, keyTexts } from "./keys.ts";

/** A key as the documentation prints it. */
export interface KeyRow extends KeyText {
  /** Dotted path; `providers.<name>.model` for the keys of a named table. */
  readonly key: string;
  /** Default value, undefined when there is none. */
  readonly standard: unknown;
}

/** The schema of a path, or null when no key is there. */
export function schemaAt(path: readonly PathPart[]): z.ZodType | null {
  let schema: z.ZodType = configSchema;
  for (const [index, part] of path.entries()) {
    const inner = bare(schema);
    let next: unknown;
    if (inner instanceof z.ZodObject) next = inner.shape[String(part)];
    else if (inner instanceof z.ZodRecord) next = inner.valueType;
    else if (inner instanceof z.ZodArray) next = inner.element;
    if (!(next instanceof z.ZodType)) return index === path.length ? schema : null;
    schema = next;
  }
  return schema;
}

/** Keys allowed in the table at a path; empty when it is no table or takes any name. */
export function knownKeys(path: readonly PathPart[]): string[] {
  const schema = schemaAt(path);
  const inner = schema && bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** What the errors say of the names of a table that takes any; null: it does not. */
export function nameText(path: readonly PathPart[]): KeyText | null {
  const schema = schemaAt(path);
  const inner = schema && bare(schema);
  return inner instanceof z.ZodRecord ? keyTexts.get(inner.keyType as z.ZodType) ?? null : null;
}

/** How the value of a key is written; null when the path is no key. */
export function valueKind(
  path: readonly PathPart[],
): "list" | "number" | "boolean" | "secret" | "text" | null {
  const schema = schemaAt(path);
  const text = schema && keyTexts.get(schema);
  if (!schema || !text) return null;
  const inner = bare(schema);
  if (text.secret) return "secret";
  if (inner instanceof z.ZodArray) return "list";
  if (inner instanceof z.ZodNumber) return "number";
  return inner instanceof z.ZodBoolean ? "boolean" : "text";
}

/** All keys in the order of the schema. */
export function keyRows(): KeyRow[] {
  return rows(configSchema, []);
}

function rows(schema: z.ZodType, path: readonly string[]): KeyRow[] {
  const text = keyTexts.get(schema);
  if (text) return [{ ...text, key: path.join("."), standard: standardOf(schema) }];
  const inner = bare(schema);
  if (inner instanceof z.ZodRecord) return rows(inner.valueType as z.ZodType, [...path, "<name>"]);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, one]) =>
    rows(one as z.ZodType, [...path, name])
  );
}

function standardOf(schema: z.ZodType): unknown {
  const result = schema.safeParse(undefined);
  return result.success ? result.data : undefined;
}

/** Without default, prefault and optional; what is made late is made now. */
function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional || inner instanceof z.ZodLazy
  ) inner = inner.unwrap() as z.ZodType;
  return inner;
}
