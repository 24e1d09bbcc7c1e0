/** Changes of `[mcpServers.<alias>]` in the text of `config.toml`; comments around it stay. */
import { UsageError } from "../../base/app_error.ts";
import { setKey, unsetKey } from "../settings/edit_config.ts";
import { parseToml, valueAt } from "../settings/parse_config.ts";

/** What an entry may hold, as it is written; in this order. */
export interface ServerEntry {
  readonly type?: "stdio" | "http" | undefined;
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly url?: string | undefined;
  readonly read?: readonly string[] | undefined;
  readonly write?: readonly string[] | undefined;
  readonly net?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly enabledTools?: readonly string[] | undefined;
  readonly timeout_s?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Name of the section. */
export const SECTION = "mcpServers";

/**
 * The text with a new server. What is needed comes first: each step must be valid by itself.
 *
 * @throws {UsageError} `mcp.taken` when there is one of that name; what `setKey` throws.
 */
export function setEntry(
  text: string,
  alias: string,
  entry: ServerEntry,
  fileName: string,
): string {
  if (valueAt(parseToml(text, fileName), [SECTION, alias]) !== undefined) {
    throw new UsageError("mcp.taken", `There is an MCP server "${alias}" already`, {
      hint: `ward mcp remove ${alias}, or take another name`,
    });
  }
  const { command, url, env = {}, headers = {}, ...rest } = entry;
  const first = command === undefined
    ? [["url", url] as const, ["type", entry.type] as const]
    : [["command", command] as const, ["type", entry.type] as const];
  const { type: _type, ...others } = rest;
  const values: (readonly [readonly string[], unknown])[] = [
    ...first.map(([key, value]) => [[key], value] as const),
    ...Object.entries(others).map(([key, value]) => [[key], value] as const),
  ];
  // A new line goes below the header of its table: the last one written stands first.
  const [needed, ...more] = values.filter(([, value]) => value !== undefined);
  let after = text;
  if (needed) after = setEntryValue(after, [alias, ...needed[0]], needed[1], fileName);
  for (const [path, value] of more.reverse()) {
    after = setEntryValue(after, [alias, ...path], value, fileName);
  }
  for (const [table, all] of [["env", env], ["headers", headers]] as const) {
    for (const [name, value] of Object.entries(all)) {
      after = setEntryValue(after, [alias, table, name], value, fileName);
    }
  }
  return after;
}

/** The text with one value of a server. @throws What `setKey` throws. */
export function setEntryValue(
  text: string,
  path: readonly string[],
  value: unknown,
  fileName: string,
): string {
  return setKey(text, [SECTION, ...path], value, fileName);
}

/** The text without a server; null when it has none of that name. */
export function unsetEntry(text: string, alias: string, fileName: string): string | null {
  return unsetKey(text, [SECTION, alias], fileName);
}
