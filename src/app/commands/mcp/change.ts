/** `ward mcp remove`, `enable` and `disable`: changes of entries in config.toml. */
import { type CommandContext, print } from "../context.ts";
import { serverOr } from "./find_server.ts";
import { forgetServer } from "../../mcp/server_grants.ts";
import { UsageError } from "../../../base/app_error.ts";
import { changeConfig } from "../../../host/files/config_writer.ts";
import { systemClock } from "../../../host/process/system.ts";
import { setEntryValue, unsetEntry } from "../../../kernel/mcp/entries.ts";
import type { McpServer } from "../../../model/mcp/server.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Takes a server out of the file, and forgets what was approved of it and granted for it. */
export async function mcpRemove(given: string | null, context: CommandContext): Promise<number> {
  const { server } = await serverOr(context, given, "remove");
  const { alias } = server;
  inConfig(server, "disabled: true in the file itself");
  await changeEntry(context, (text, fileName) => unsetEntry(text, alias, fileName));
  await forgetServer(context.ward, server);
  print(
    context,
    { removed: alias },
    () => `Removed ${alias}; a running ward keeps it to its end\n`,
  );
  return 0;
}

/** Uses a server again, or not any more. */
export async function mcpEnable(
  { name, enabled }: Extract<ParsedCommand, { type: "mcp_enable" }>,
  context: CommandContext,
): Promise<number> {
  const { server } = await serverOr(context, name, enabled ? "enable" : "disable");
  const { alias } = server;
  inConfig(server, "disabled in the file itself");
  await changeEntry(
    context,
    (text, fileName) => setEntryValue(text, [alias, "enabled"], enabled, fileName),
  );
  print(context, { alias, enabled }, () => `${alias} is ${enabled ? "enabled" : "disabled"}\n`);
  return 0;
}

/** Changes the file as `ward config set` does: one process at a time, with a backup. */
export async function changeEntry(
  { ward }: CommandContext,
  change: (text: string, fileName: string) => string | null,
): Promise<string> {
  const { home, configPath } = ward.start.settings;
  let after = "";
  await changeConfig({ home, configPath }, systemClock, (text) => {
    const changed = change(text, configPath.replace(/^.*\//, ""));
    after = changed ?? text;
    return changed;
  });
  return after;
}

function inConfig({ alias, from }: McpServer, how: string): void {
  if (from === "config") return;
  throw new UsageError("mcp.of_workspace", `"${alias}" stands in the .mcp.json of the workspace`, {
    hint: `That file is the workspace's: change it there (${how})`,
  });
}
