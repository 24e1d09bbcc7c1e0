/** Puts a server into the JSON of an editor; comments, order and everything else stay. Pure. */
import { applyEdits, modify, parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import { UsageError } from "../../base/app_error.ts";

/** What is put in. */
export interface ServerEntry {
  /** The object that servers stand in, such as `mcpServers`. */
  readonly key: string;
  readonly name: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/**
 * The text with the server in it; the same text where it is there as it should be.
 *
 * @param text JSON, with comments and trailing commas where its owner writes such; empty: no file.
 * @param file Its name, for messages.
 * @throws {UsageError} `editor.broken`: it is no JSON object, or has another thing in that place.
 */
export function addServer(text: string, { key, name, entry }: ServerEntry, file: string): string {
  const before = text.trim() === "" ? "{}\n" : text;
  const found = readObject(before, file);
  const servers = found[key] ?? {};
  if (!isObject(servers)) {
    throw broken(file, `"${key}" is no object`, `Make it one, or take it out`);
  }
  if (isSame(servers[name], entry)) return text;
  const indent = /^([ \t]+)\S/m.exec(before)?.[1] ?? "  ";
  const edits = modify(before, [key, name], entry, {
    formattingOptions: {
      insertSpaces: !indent.startsWith("\t"),
      tabSize: indent.length,
      eol: before.includes("\r\n") ? "\r\n" : "\n",
    },
  });
  const after = applyEdits(before, edits);
  // What is written is what the editor will read: looked at once more, whatever the edit did.
  const now = readObject(after, file)[key];
  if (isObject(now) && isSame(now[name], entry)) return after;
  throw broken(
    file,
    `"${key}" cannot be changed there`,
    "Put the block of docs/editors.md in by hand",
  );
}

function readObject(text: string, file: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true, disallowComments: false });
  const [first] = errors;
  if (first) {
    const line = text.slice(0, first.offset).split("\n").length;
    throw broken(
      file,
      `line ${line}: ${printParseErrorCode(first.error)}`,
      "Mend it, then try again; nothing was changed",
    );
  }
  if (!isObject(value)) throw broken(file, "it holds no object", "Make it an object: {}");
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function broken(file: string, why: string, hint: string): UsageError {
  return new UsageError("editor.broken", `Cannot read "${file}": ${why}`, { hint });
}
