/** What ward knows of each chat service: its names, its addresses, what it wants to know of a bot. */
import type { ChannelKind } from "../../model/channels/channel.ts";

/** A row of {@linkcode CHANNEL_SERVICES}. */
export interface ChannelService {
  /** For people. */
  readonly title: string;
  /** Base address of its API, ending in `/`. */
  readonly apiUrl: string;
  /** Where its bots have to reach, `host:port`; all of them are its own. */
  readonly hosts: readonly string[];
  /** How it writes ids of people. Names are none: they change, and can be taken. */
  readonly personId: RegExp;
  /** The same in words. */
  readonly personIdText: string;
  /** Whether a bot needs a token of its app besides its own. */
  readonly hasAppToken: boolean;
}

/**
 * The services. Sources: core.telegram.org/bots/api, "Making requests"; docs.slack.dev, "Using
 * Socket Mode"; discord.com/developers/docs, "Gateway" and "Reference".
 */
export const CHANNEL_SERVICES: Readonly<Record<ChannelKind, ChannelService>> = {
  telegram: {
    title: "Telegram",
    apiUrl: "https://api.telegram.org/",
    hosts: ["api.telegram.org:443"],
    personId: /^[1-9]\d{0,15}$/,
    personIdText: 'a number such as "123456789"',
    hasAppToken: false,
  },
  slack: {
    title: "Slack",
    apiUrl: "https://slack.com/api/",
    hosts: [
      "slack.com:443",
      "wss-primary.slack.com:443",
      "wss-backup.slack.com:443",
      "files.slack.com:443",
    ],
    personId: /^[UW][A-Z0-9]{2,30}$/,
    personIdText: 'an id such as "U012AB3CD" (in a profile: Copy member ID)',
    hasAppToken: true,
  },
  discord: {
    title: "Discord",
    apiUrl: "https://discord.com/api/",
    hosts: [
      "discord.com:443",
      "gateway.discord.gg:443",
      "*.discord.gg:443",
      "cdn.discordapp.com:443",
    ],
    personId: /^[1-9]\d{4,19}$/,
    personIdText: 'a number such as "80351110224678912" (Developer Mode: Copy User ID)',
    hasAppToken: false,
  },
};

/**
 * Where the thread of a bot may reach, `host:port`: the service's own hosts, or that of another
 * address alone, with what is below it.
 */
export function channelHosts(kind: ChannelKind, apiUrl: string): readonly string[] {
  const { hosts, apiUrl: own } = CHANNEL_SERVICES[kind];
  if (apiUrl === own) return hosts;
  const { protocol, hostname, port } = new URL(apiUrl);
  const at = port || (protocol === "http:" ? "80" : "443");
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return isAddress || !hostname.includes(".")
    ? [`${hostname}:${at}`]
    // Where an own Slack has its sockets.
    : [`${hostname}:${at}`, `*.${hostname}:${at}`];
}

/** How a bot is made at each service; the pages of the services say more. */
const STEPS: Readonly<Record<ChannelKind, readonly string[]>> = {
  telegram: [
    "Open @BotFather in Telegram, send /newbot, and answer its questions: it gives you a token.",
  ],
  slack: [
    "At api.slack.com/apps: Create New App, From scratch.",
    "Socket Mode: switch it on; the app-level token (xapp-…) needs connections:write.",
    "OAuth & Permissions, bot token scopes: app_mentions:read, channels:history, channels:read,",
    "  chat:write, commands, files:read, files:write, groups:history, groups:read, im:history,",
    "  mpim:history, mpim:read, users:read.",
    "Slash Commands: /ward, with the usage hint help.",
    "Event Subscriptions, bot events: app_mention, message.channels, message.groups, message.im,",
    "  message.mpim. Interactivity: switch it on. App Home: allow messages to the app.",
    "Install the app: it gives you the bot token (xoxb-…).",
  ],
  discord: [
    "At discord.com/developers/applications: New Application, Bot, Reset Token: that is the token.",
    "There, Privileged Gateway Intents: switch on Message Content Intent.",
    "Installation: invite it to your server with the scopes bot and applications.commands.",
  ],
};

/** What to do at a service before a bot can be added, for the terminal. */
export function channelSteps(kind: ChannelKind): string {
  return STEPS[kind].map((line) => `  ${line}\n`).join("");
}
