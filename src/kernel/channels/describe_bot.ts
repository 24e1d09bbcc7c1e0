import type { BotIdentity } from "../../model/channels/channel.ts";

/** Who a bot is, in a line; names are text from outside. */
export function describeBot({ id, username, name, team }: BotIdentity): string {
  const at = team === null ? "" : `, in the workspace ${team}`;
  return `${name === "" ? username : name} (@${username}, id ${id})${at}`;
}
