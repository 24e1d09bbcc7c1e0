/** The entry of Slack's own MCP server that a login writes. */
import { changeChecked } from "../commands/config/config_change.ts";
import { fileName } from "../commands/config/config.ts";
import type { ProfileContext } from "../commands/context.ts";
import { setEntry, setEntryValue } from "../../kernel/mcp/entries.ts";
import type { SlackAccount, SlackSettings } from "../../model/services/slack.ts";

/** Its tools that are used. Source: docs.slack.dev, "Slack MCP server". */
const ENABLED_TOOLS = [
  "slack_search_channels",
  "slack_search_public",
  "slack_search_public_and_private",
  "slack_search_users",
  "slack_read_channel",
  "slack_read_thread",
  "slack_send_message",
  "slack_send_message_draft",
];

/**
 * Writes the entry; what the user changed of it stays, but for whose login it is of.
 *
 * @returns Whether the file is another now.
 * @throws {AppError} Family `settings`.
 */
export async function writeSlackEntry(
  { alias, team }: SlackAccount,
  { mcpUrl }: SlackSettings,
  context: ProfileContext,
): Promise<boolean> {
  const { config, paths } = context.profile;
  const name = fileName(paths.configPath);
  const isNew = !config.ok || !Object.hasOwn(config.parsed.file.mcpServers, alias);
  const auth = {
    provider: "slack",
    teamId: team.id,
    label: team.name.trim() === "" ? team.id : team.name,
  };
  const entry = { type: "http", url: mcpUrl, enabledTools: ENABLED_TOOLS, auth } as const;
  // Whoever logs in asked for this very entry.
  const change = await changeChecked(
    context,
    true,
    (text) =>
      isNew ? setEntry(text, alias, entry, name) : Object.entries(auth).reduce(
        (now, [key, value]) => setEntryValue(now, [alias, "auth", key], value, name),
        text,
      ),
  );
  return change.changed;
}
