/** Named tables in the text of `config.toml`, such as `[mcpServers.<alias>]`; comments stay. */
import { stringify } from "smol-toml";
import { UsageError } from "../../base/app_error.ts";
import { unsetKey } from "./edit_config.ts";
import { parseConfig, parseToml, valueAt } from "./parse_config.ts";

/** Whether the text has such a table. @throws {UsageError} `settings.syntax`. */
export function hasTable(text: string, path: readonly string[], fileName: string): boolean {
  return valueAt(parseToml(text, fileName), path) !== undefined;
}

/**
 * The text with a table of its own at the end.
 *
 * @param values In the order in which people read them; undefined: left out.
 * @throws {UsageError} `settings.invalid`: the file as it would be is wrong.
 */
export function addTable(
  text: string,
  [section, name]: readonly [section: string, name: string],
  values: readonly (readonly [key: string, value: unknown])[],
  fileName: string,
): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const gap = text === "" ? "" : text.endsWith("\n") ? end : end + end;
  const given = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  const table = stringify({ [section]: { [name]: given } });
  const after = text + gap + table.trimEnd().replaceAll("\n", end) + end;
  try {
    parseConfig(after, fileName);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.code, error.message, {
      cause: error,
      hint: "Nothing was changed; lines are those of the file as it would be",
    });
  }
  return after;
}

/** The text without a table, nor an empty section; null when it has none of that name. */
export function removeTable(
  text: string,
  [section, name]: readonly [section: string, name: string],
  fileName: string,
): string | null {
  const after = unsetKey(text, [section, name], fileName);
  if (after === null) return null;
  const left = valueAt(parseToml(after, fileName), [section]);
  const isEmpty = typeof left === "object" && left !== null && Object.keys(left).length === 0;
  return isEmpty ? unsetKey(after, [section], fileName) ?? after : after;
}
