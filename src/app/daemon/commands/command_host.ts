/** What the commands of a chat work on: the daemon, as they see it. */
import type { Questions } from "../../../daemon/questions.ts";
import type { NewChannel } from "../../../kernel/channels/entries.ts";
import type { Pairings } from "../../../kernel/channels/pairing.ts";
import type { SessionArchive } from "../../../kernel/store_ports.ts";
import type {
  BotIdentity,
  ChannelSettings,
  ChannelTokens,
} from "../../../model/channels/channel.ts";
import type { InboundMessage } from "../../../model/channels/message.ts";

/** Something that runs or waits in a conversation. */
export interface ChatTask {
  /** What `/cancel` takes. */
  readonly number: number;
  readonly state: "running" | "waiting" | "background";
  /** Beginning of what was asked, or the command that runs. */
  readonly title: string;
  /** Since when, ms since the epoch. */
  readonly sinceMs: number;
}

/** A conversation in a chat. */
export interface ChatRoom {
  /** null: nothing was said yet. */
  sessionId(): Promise<string | null>;
  /** The model that answers, and others by name. */
  model(): Promise<{
    readonly current: string;
    readonly names: readonly string[];
    /** Each message chooses. */
    readonly isRouted: boolean;
  }>;
  /** @param name null: chosen by each message again. @throws {UsageError} Why it cannot be. */
  setModel(name: string | null): Promise<void>;
  tasks(): Promise<readonly ChatTask[]>;
  /** Stops what runs and takes out what waits. @param number null: all. @returns How many. */
  cancel(number: number | null): Promise<number>;
  /** The next message begins a new session. */
  leave(): Promise<void>;
}

/** A bot as the daemon has it. */
export interface BotState {
  readonly channel: Pick<ChannelSettings, "name" | "kind" | "enabled">;
  /** null: it was never connected since the start. */
  readonly as: BotIdentity | null;
  readonly isConnected: boolean;
  /** Why it is not; null: it is. */
  readonly why: string | null;
}

/** The daemon. */
export interface CommandHost {
  readonly clock: { now(): number };
  readonly questions: Pick<Questions, "open" | "answer">;
  readonly pairings: Pairings;
  readonly archive: Pick<SessionArchive, "readUsage">;
  room(message: InboundMessage): ChatRoom;
  channels(): readonly ChannelSettings[];
  bots(): readonly BotState[];
  /** Who a bot is that is not configured yet. @throws {AppError} The family `channel`. */
  identify(bot: NewChannel, tokens: ChannelTokens): Promise<BotIdentity>;
  /** Keeps a new bot and connects it. @throws {AppError} Why not. */
  addBot(bot: NewChannel, tokens: ChannelTokens): Promise<void>;
  letIn(who: {
    readonly name: string;
    readonly list: "owners" | "allow";
    readonly id: string;
  }): Promise<void>;
  /** What may be touched today, for people. */
  permissions(): Promise<string>;
  /** Takes the configuration in anew. @throws {UsageError} What is wrong with it; all stays. */
  reload(): Promise<readonly string[]>;
  /** Starts ward again, once what is in hand is stored. */
  restart(): void;
}
