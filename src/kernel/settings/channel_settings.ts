/** Bots of `[channels.<name>]` as the rest of ward takes them. */
import type { ChannelSettings, ChannelTokens } from "../../model/channels/channel.ts";
import { CHANNEL_SERVICES } from "../channels/services.ts";
import type { SecretSetting } from "./schema/keys.ts";
import type { FileSettings } from "./schema/schema.ts";

/** Keys that hold secrets. */
const TOKEN_KEYS = ["token", "app_token"] as const;

/** A token of a bot. */
export interface ChannelSecret {
  /** Name of the bot. */
  readonly channel: string;
  readonly key: typeof TOKEN_KEYS[number];
  readonly setting: SecretSetting;
  /** Name of the saved secret that `"keychain"` stands for. */
  readonly savedAs: string;
}

/** Name of the saved secret of a bot; names of bots have no `-`, so that none is another's. */
export function channelSecret(channel: string, key: ChannelSecret["key"]): string {
  return `channel-${channel}-${key}`;
}

/** All tokens that the bots name. */
export function channelSecrets({ channels }: Pick<FileSettings, "channels">): ChannelSecret[] {
  return Object.entries(channels).flatMap(([channel, one]) =>
    TOKEN_KEYS.flatMap((key) => {
      const setting = one[key];
      if (setting === undefined) return [];
      return [{ channel, key, setting, savedAs: channelSecret(channel, key) }];
    })
  );
}

/** The bots of the configuration, in its order. */
export function configuredChannels(
  { channels }: Pick<FileSettings, "channels">,
): ChannelSettings[] {
  return Object.entries(channels).map(([name, one]) => {
    const apiUrl = one.api_url ?? CHANNEL_SERVICES[one.kind].apiUrl;
    return {
      name,
      kind: one.kind,
      enabled: one.enabled,
      owners: one.owners,
      allow: one.allow,
      strangers: one.strangers,
      guestsPerHour: one.guests_per_hour,
      groups: one.groups,
      groupAllow: one.group_allow,
      threads: one.threads,
      // Names of methods are put behind it.
      apiUrl: apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`,
    };
  });
}

/** The tokens of each bot by its name. @param valueOf null: it is not there. */
export function configuredTokens(
  file: Pick<FileSettings, "channels">,
  valueOf: (secret: ChannelSecret) => string | null,
): Readonly<Record<string, ChannelTokens>> {
  const values = new Map(
    channelSecrets(file).map((secret) => [`${secret.channel} ${secret.key}`, valueOf(secret)]),
  );
  return Object.fromEntries(
    Object.keys(file.channels).map((name) => [name, {
      token: values.get(`${name} token`) ?? null,
      appToken: values.get(`${name} app_token`) ?? null,
    }]),
  );
}
