/** The thread of one bot: its service's code, its service's hosts, its token and nothing else. */
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import { type ChannelClient, createChannelClient } from "../../compartments/channels/client.ts";
import { type Running, startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS, type TableInputs } from "../../compartments/table.ts";
import { CHANNEL_SERVICES, channelHosts } from "../../kernel/channels/services.ts";
import type { ChannelSettings, ChannelTokens } from "../../model/channels/channel.ts";

/** What of a bot its thread is started by. */
export type ChannelStart = Pick<ChannelSettings, "name" | "kind" | "apiUrl" | "threads">;

/** The bot as the table of compartments needs it. */
export function channelRow(
  { name, kind, apiUrl }: Pick<ChannelSettings, "name" | "kind" | "apiUrl">,
): NonNullable<TableInputs["channels"]>[number] {
  return { name, kind, hosts: channelHosts(kind, apiUrl) };
}

/** A thread that knows who it speaks as. */
export interface ChannelThread {
  readonly client: ChannelClient;
  /** Ends it; what it was asked fails. */
  stop(): void;
  /** Resolves when it has ended, however that came. */
  readonly ended: Running["ended"];
}

/**
 * Starts it. Nothing has been asked of the service yet.
 *
 * @throws {AppError} `channel.no_token`.
 */
export async function startChannelThread(
  channel: ChannelStart,
  tokens: ChannelTokens,
  form: Form,
): Promise<ChannelThread> {
  const { title, hasAppToken } = CHANNEL_SERVICES[channel.kind];
  const { name, apiUrl, threads } = channel;
  if (tokens.token === null || (hasAppToken && tokens.appToken === null)) {
    const key = tokens.token === null ? "token" : "app_token";
    throw new AppError("channel.no_token", `The bot "${name}" (${title}) has no ${key}`, {
      hint: `ward secrets set channel-${name}-${key}`,
    });
  }
  const spec = compartment({ ...NO_INPUTS, channels: [channelRow(channel)] }, `channel:${name}`)!;
  const { client: wire, stop, ended } = startThread(spec, form);
  const client = createChannelClient(wire);
  await client.configure({ name, token: tokens.token, appToken: tokens.appToken, apiUrl, threads });
  return {
    client,
    stop: () => stop(new AppError("channel.ended", `The bot "${name}" was stopped`)),
    ended,
  };
}
