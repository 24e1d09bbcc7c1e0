import type { BotIdentity } from "../../../model/channels/channel.ts";
import type { BotApi } from "./bot_api.ts";
import { botUser } from "./updates.ts";

/** Longest wait for an answer, ms. */
export const REQUEST_MS = 30_000;

/** A limit for one request, and the caller's own end. */
export function withinLimit(signal: AbortSignal, ms = REQUEST_MS): never {
  // grammY names a type of its own for what the platform has.
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]) as never;
}

/** Who the bot is, and whether it is shown all of a group's messages. @throws What grammY throws. */
export async function whoAmI(
  api: BotApi,
  signal: AbortSignal,
): Promise<{ identity: BotIdentity; seesAll: boolean }> {
  const me = botUser.parse(await api.methods.getMe(withinLimit(signal)));
  return {
    identity: { id: String(me.id), username: me.username, name: me.first_name, team: null },
    seesAll: me.can_read_all_group_messages ?? false,
  };
}
