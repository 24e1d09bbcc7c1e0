/** Changes of `[mcpServers.<alias>]` in the text of `config.toml`; comments around it stay. */
import { UsageError } from "../../base/app_error.ts";
import { setKey } from "../settings/edit_config.ts";
import { addTable, hasTable, removeTable } from "../settings/edit_table.ts";

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
  readonly auth?: Readonly<Record<string, string>> | undefined;
}

/** Name of the section. */
export const SECTION = "mcpServers";

/**
 * The text with a new server, in a table of its own at the end.
 *
 * @throws {UsageError} `mcp.taken` when there is one of that name; `settings.invalid` for a wrong one.
 */
export function setEntry(
  text: string,
  alias: string,
  entry: ServerEntry,
  fileName: string,
): string {
  if (hasTable(text, [SECTION, alias], fileName)) {
    throw new UsageError("mcp.taken", `There is an MCP server "${alias}" already`, {
      hint: `ward mcp remove ${alias}, or take another name`,
    });
  }
  const { command, args, url, env, headers, auth, ...rest } = entry;
  // In the order in which people read it; what is a table of its own comes last.
  const values = Object.entries({ command, args, url, ...rest, env, headers, auth });
  return addTable(text, [SECTION, alias], values, fileName);
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

/** The text without a server, nor an empty section; null when it has none of that name. */
export function unsetEntry(text: string, alias: string, fileName: string): string | null {
  return removeTable(text, [SECTION, alias], fileName);
}
