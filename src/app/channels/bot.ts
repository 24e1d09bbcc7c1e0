/** One bot for one task: a thread that is there as long as that takes. */
import { type ChannelStart, startChannelThread } from "../daemon/channel_thread.ts";
import type { Form } from "../start/code_base.ts";
import type { ChannelClient } from "../../compartments/channels/client.ts";
import type { BotIdentity, ChannelTokens } from "../../model/channels/channel.ts";

/**
 * Runs a task with a bot's thread.
 *
 * @throws {AppError} `channel.no_token`; what the task throws; the family `channel` of its thread.
 */
export async function withBot<T>(
  channel: ChannelStart,
  tokens: ChannelTokens,
  form: Form,
  task: (client: ChannelClient) => Promise<T>,
): Promise<T> {
  const thread = await startChannelThread(channel, tokens, form);
  try {
    return await task(thread.client);
  } finally {
    thread.stop();
  }
}

/** Who a bot is, as its service says. @throws As {@linkcode withBot}. */
export function identifyBot(
  channel: ChannelStart,
  tokens: ChannelTokens,
  form: Form,
): Promise<BotIdentity> {
  return withBot(channel, tokens, form, (client) => client.identify());
}
