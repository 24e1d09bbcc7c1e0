/** Writes bots into the configuration and their tokens where secrets are kept. */
import type { ChannelStart } from "../daemon/channel_thread.ts";
import { changeConfig, type ConfigPlace } from "../../host/files/config_writer.ts";
import type { Secrets } from "../../host/keys/secrets.ts";
import { systemClock } from "../../host/process/system.ts";
import {
  addChannel,
  letIn,
  type NewChannel,
  removeChannel,
} from "../../kernel/channels/entries.ts";
import { CHANNEL_SERVICES } from "../../kernel/channels/services.ts";
import { channelSecret } from "../../kernel/settings/channel_settings.ts";
import type { ChannelTokens } from "../../model/channels/channel.ts";

/** Where bots are kept. */
export interface BotPlace {
  readonly config: ConfigPlace;
  readonly secrets: Pick<Secrets, "set" | "remove">;
}

const KEYS = { token: "token", appToken: "app_token" } as const;

/** A bot that is not configured yet, as its thread needs it. */
export function newBot({ name, kind, apiUrl }: NewChannel): ChannelStart {
  const address = apiUrl ?? CHANNEL_SERVICES[kind].apiUrl;
  return { name, kind, apiUrl: address.endsWith("/") ? address : `${address}/`, threads: true };
}

/**
 * Keeps a new bot: its tokens first, so that what is configured can be used.
 *
 * @throws {UsageError} What `addChannel` throws; `secrets.*`. Nothing is kept then.
 */
export async function keepBot(
  { config, secrets }: BotPlace,
  bot: NewChannel,
  tokens: ChannelTokens,
): Promise<void> {
  const fileName = fileNameOf(config);
  // Looked at before anything is saved: a name that is taken would lose its tokens.
  await changeConfig(config, systemClock, (text) => {
    addChannel(text, bot, fileName);
    return null;
  });
  try {
    for (const part of ["token", "appToken"] as const) {
      const value = tokens[part];
      if (value !== null) await secrets.set(channelSecret(bot.name, KEYS[part]), value);
    }
    await changeConfig(config, systemClock, (text) => addChannel(text, bot, fileName));
  } catch (error) {
    await removeTokens(secrets, bot.name);
    throw error;
  }
}

/** Takes a bot out, with its tokens. @returns Whether there was one. */
export async function forgetBot({ config, secrets }: BotPlace, name: string): Promise<boolean> {
  const { changed } = await changeConfig(
    config,
    systemClock,
    (text) => removeChannel(text, name, fileNameOf(config)),
  );
  await removeTokens(secrets, name);
  return changed;
}

/** Lets somebody in, as an owner or as a guest. @throws {UsageError} `channel.none`. */
export async function keepLetIn(
  config: ConfigPlace,
  who: Parameters<typeof letIn>[1],
): Promise<void> {
  await changeConfig(config, systemClock, (text) => letIn(text, who, fileNameOf(config)));
}

async function removeTokens(secrets: BotPlace["secrets"], name: string): Promise<void> {
  await secrets.remove(channelSecret(name, "token"));
  await secrets.remove(channelSecret(name, "app_token"));
}

function fileNameOf({ configPath }: ConfigPlace): string {
  return configPath.replace(/^.*\//, "");
}
