/** Bots of chat services, as the rest of ward sees them; their tokens are kept apart. */

/** Services that a bot can be of. */
export const CHANNEL_KINDS = ["telegram", "slack", "discord"] as const;

/** One of {@linkcode CHANNEL_KINDS}. */
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Name of a bot in the configuration: part of compartment ids and of names of saved secrets. */
export const CHANNEL_NAME = /^[a-z0-9][a-z0-9_]{0,31}$/;

/** A bot as it is configured. */
export interface ChannelSettings {
  /** As in `[channels.<name>]`. */
  readonly name: string;
  readonly kind: ChannelKind;
  readonly enabled: boolean;
  /** Ids, as the service has them, of those who own this ward. */
  readonly owners: readonly string[];
  /** Ids of people and bots who may talk to it as guests. */
  readonly allow: readonly string[];
  /** What everybody else gets: nothing, a code to pair by, or answers as in a public place. */
  readonly strangers: "ignore" | "pair" | "public";
  /** Messages an hour that one who is no owner is answered. */
  readonly guestsPerHour: number;
  /** When a message in a group is for it. */
  readonly groups: "mention" | "always" | "never";
  /** Groups that it answers in; empty: all that it is in. */
  readonly groupAllow: readonly string[];
  /** Whether answers in groups go into threads, each of which is a session. */
  readonly threads: boolean;
  /** Base address of the service's API, ending in `/`. */
  readonly apiUrl: string;
}

/** Tokens of a bot. Secrets: never logged, stored, or told to anyone but its own thread. */
export interface ChannelTokens {
  /** null: it is not there. */
  readonly token: string | null;
  /** Of the app, for Slack's Socket Mode; null: there is none. */
  readonly appToken: string | null;
}

/** Who a bot is, as the service says. */
export interface BotIdentity {
  readonly id: string;
  /** What people write to mention it, without a sign before it. */
  readonly username: string;
  readonly name: string;
  /** The workspace of a Slack bot. */
  readonly team: string | null;
}
