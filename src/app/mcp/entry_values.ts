import type { Ward } from "../ward.ts";
import { configuredValues, mcpValueEntries } from "../../kernel/settings/mcp_settings.ts";
import { withVariables } from "../../kernel/settings/schema/mcp.ts";
import type { FileSettings } from "../../kernel/settings/schema/schema.ts";
import type { McpValues } from "../../model/mcp/server.ts";

/**
 * Values of a server whose entry was written just now. A variable that ward did not take at its
 * start, because nothing named it, is not there before the next one.
 */
export async function entryValues(
  ward: Pick<Ward, "secrets" | "start">,
  file: Pick<FileSettings, "mcpServers">,
  alias: string,
): Promise<McpValues> {
  const { variables } = ward.start.environment;
  const saved = new Map<string, string | null>();
  for (const { alias: one, setting, savedAs } of mcpValueEntries(file)) {
    if (one !== alias || setting.type !== "saved") continue;
    const name = setting.name ?? savedAs;
    saved.set(name, await ward.secrets.get(name));
  }
  const values = configuredValues(
    file,
    ({ setting, savedAs }) =>
      setting.type === "saved"
        ? saved.get(setting.name ?? savedAs) ?? null
        : withVariables(setting.text, (name) => variables[name]),
  );
  return values[alias] ?? {};
}
