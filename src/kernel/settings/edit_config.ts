/**
 * Changes of single keys in the text of `config.toml`. Whatever stands around a key stays as it
 * is, comments first of all.
 *
 * Invariant: the text that comes out means what went in with one key changed; each change is
 * parsed again and compared before it is given out.
 */
import { parse as parseForPatch, patch } from "@decimalturn/toml-patch";
import { parse, stringify } from "smol-toml";
import { AppError, UsageError } from "../../base/app_error.ts";
import { keyLines } from "./key_lines.ts";
import { parseConfig, parseToml, unknownKey, valueAt } from "./parse_config.ts";
import { namedKeys } from "./values.ts";
import type { FileSettings } from "./schema/schema.ts";
import { keyRows, knownKeys, schemaAt, valueKind } from "./schema/walk.ts";

/** A table as it was parsed. */
type Table = Record<string, unknown>;

/** Splits a dotted key; ward's keys and providers' names hold no dots. */
export function keyPath(key: string): string[] {
  return key.trim().split(".");
}

/**
 * A path that the schema knows: a key, or a table with keys.
 *
 * @throws {UsageError} `settings.unknown_key`, with the nearest known one.
 */
export function knownPath(key: string, fileName: string): string[] {
  const path = keyPath(key);
  for (let length = 1; length <= path.length; length++) {
    const part = path.slice(0, length);
    if (schemaAt(part)) continue;
    const message = unknownKey(part.slice(0, -1), part.at(-1) ?? "", fileName);
    throw new UsageError("settings.unknown_key", message, {
      hint: "See `ward config example` for all keys",
    });
  }
  return path;
}

/**
 * The value of a key from the words of a command line: words of a list each by itself or as one
 * TOML list, the value of any other key as one word. Types are not checked here.
 *
 * @throws {UsageError} `settings.not_a_key` for a table; `settings.value` for too many words;
 * `settings.secret_argument` for a secret, which must not stand in a command line.
 */
export function valueFromWords(path: readonly string[], words: readonly string[]): unknown {
  const key = path.join(".");
  const kind = valueKind(path);
  const [first = ""] = words;
  if (kind === null) {
    throw new UsageError("settings.not_a_key", `Cannot set "${key}": it is a table`, {
      hint: `Set one of ${knownKeys(path).map((name) => `${key}.${name}`).join(", ")}`,
    });
  }
  if (kind === "list") {
    if (words.length === 1 && first.trimStart().startsWith("[")) return tomlValue(first) ?? first;
    return [...words];
  }
  if (words.length !== 1) {
    throw new UsageError("settings.value", `Cannot set "${key}": it takes one value`, {
      hint: "Put a value with spaces into quotes",
    });
  }
  if (kind === "number" || kind === "boolean") return tomlValue(first) ?? first;
  if (kind === "secret" && !/^(?:keychain(?::.*)?|\$\{.*\})$/.test(first)) {
    throw new UsageError(
      "settings.secret_argument",
      `Cannot set "${key}": a key on the command line stays in the shell's history`,
      {
        hint: `Save it, ward secrets set ${path[1] === "api_key" ? "model" : path[1]}, and set ` +
          '"keychain"; or name a variable, "${NAME}"',
      },
    );
  }
  return first;
}

function tomlValue(text: string): unknown {
  try {
    return parse(`value = ${text}`)["value"];
  } catch {
    return undefined;
  }
}

/**
 * The text with a key set; the same text when it has that value already.
 *
 * @param text Text of the file, empty when there is none.
 * @throws {UsageError} `settings.syntax`, `settings.invalid`: the file as it would be is wrong.
 * @throws {AppError} `settings.edit_failed` when the text cannot be changed without a loss.
 */
export function setKey(
  text: string,
  path: readonly string[],
  value: unknown,
  fileName: string,
): string {
  const plain = text.replace(/^\ufeff/, "");
  const wanted = parseToml(plain, fileName);
  if (canonical(valueAt(wanted, path)) === canonical(value)) return text;
  const isNew = valueAt(wanted, path) === undefined;
  put(wanted, path, value);
  return changed(wanted, fileName, () =>
    (isNew ? insertLine(plain, path, value) : null) ??
      patched(plain, (table) => put(table, path, value)));
}

/**
 * The text without a key or a whole table. Also keys that the schema does not know can be removed.
 *
 * @returns null when the key is not in the file.
 * @throws As {@linkcode setKey}.
 */
export function unsetKey(text: string, path: readonly string[], fileName: string): string | null {
  const plain = text.replace(/^\ufeff/, "");
  const wanted = parseToml(plain, fileName);
  if (!remove(wanted, path)) return null;
  return changed(wanted, fileName, () => patched(plain, (table) => remove(table, path)));
}

/** Sentences on what a change opens that was closed before. */
export function newOpenings(before: FileSettings | null, after: FileSettings): string[] {
  return keyRows().flatMap(({ key: row, opens }) =>
    opens === undefined ? [] : namedKeys(after, row).flatMap((key) => {
      const what = opens(valueAt(after, keyPath(key)));
      const was = before && opens(valueAt(before, keyPath(key)));
      return what && what !== was ? [`${key}: ${what}`] : [];
    })
  );
}

/** Runs a change, and checks what comes out of it. */
function changed(wanted: Table, fileName: string, change: () => string): string {
  let out: string;
  try {
    out = change();
    if (canonical(parse(out)) !== canonical(wanted)) throw new Error("the change came out wrong");
  } catch (cause) {
    throw new AppError("settings.edit_failed", `Cannot change ${fileName} without a loss`, {
      cause,
      hint: "Change it with `ward config edit`; nothing was changed",
    });
  }
  try {
    parseConfig(out, fileName);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.code, error.message, {
      cause: error,
      hint: "Nothing was changed; lines are those of the file as it would be",
    });
  }
  return out;
}

/** A change of values that are there, by a package that keeps what stands around them. */
function patched(text: string, change: (table: Table) => void): string {
  const table = parseForPatch(text) as Table;
  change(table);
  return patch(text, table);
}

/**
 * The text with a new key as a line below the header of its table, or with the table at the end.
 * The package would put it where the next table's comment belongs to it.
 *
 * @returns null where neither is possible: a parent is an inline table, or made by dotted keys.
 */
function insertLine(text: string, path: readonly string[], value: unknown): string | null {
  const table = path.slice(0, -1);
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const line = stringify({ [path.at(-1) ?? ""]: value }).trimEnd() + end;
  if (table.length === 0) return line + text;
  if (valueAt(parse(text), table) === undefined) {
    const gap = text === "" ? "" : text.endsWith("\n") ? end : end + end;
    const longer = `${text}${gap}[${table.join(".")}]${end}${line}`;
    return parses(longer) ? longer : null;
  }
  const rows = text.split("\n");
  const at = keyLines(text).lineOf(table) ?? 0;
  const header = rows[at - 1]?.trim() ?? "";
  if (!header.replaceAll(/[\s"']/g, "").startsWith(`[${table.join(".")}]`)) return null;
  const before = rows.slice(0, at).join("\n");
  const rest = rows.slice(at).join("\n");
  return `${before}${at < rows.length ? "\n" : end}${line}${rest}`;
}

function parses(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function put(table: Table, path: readonly string[], value: unknown): void {
  let at = table;
  for (const part of path.slice(0, -1)) {
    if (typeof at[part] !== "object" || at[part] === null) at[part] = {};
    at = at[part] as Table;
  }
  at[path.at(-1) ?? ""] = value;
}

function remove(table: Table, path: readonly string[]): boolean {
  const parent = path.length === 1 ? table : valueAt(table, path.slice(0, -1));
  const name = path.at(-1) ?? "";
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, name)) return false;
  delete (parent as Table)[name];
  return true;
}

/** JSON with sorted keys; dates as their own text. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, one) =>
      typeof one === "object" && one !== null && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => a < b ? -1 : 1))
        : typeof one === "bigint"
        ? `${one}n`
        : one,
  ) ?? "undefined";
}
