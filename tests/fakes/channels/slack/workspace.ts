/** What there is in a workspace of the fake Slack: people, channels, messages, files. */

/** A channel. */
export interface Channel {
  readonly id: string;
  readonly kind: "im" | "mpim" | "private" | "public";
  /** Whether people of another company are in it. */
  readonly isShared?: boolean;
  /** Whether the bot is in it. */
  isMember: boolean;
  /** Oldest first. */
  readonly messages: Message[];
}

/** A message, in the fields that Slack has. */
export interface Message {
  readonly ts: string;
  readonly user: string;
  readonly bot_id?: string;
  readonly subtype?: string;
  text: string;
  readonly thread_ts?: string;
  blocks?: unknown[];
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  readonly files?: readonly SlackFile[];
  readonly attachments?: readonly unknown[];
}

/** A file. */
export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
  readonly url_private: string;
  readonly mode: string;
}

/** The bot and its app. */
export const BOT = { userId: "U0WARD", botId: "B0WARD", appId: "A0WARD" } as const;

/** A workspace. */
export class Workspace {
  readonly team = { id: "T0EXAMPLE", name: "Example Inc." };
  readonly people = new Map<string, { readonly name: string; readonly isBot: boolean }>([
    ["U0ADA", { name: "Ada L.", isBot: false }],
    ["U0BOB", { name: "Bob", isBot: false }],
    [BOT.userId, { name: "ward", isBot: true }],
  ]);
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, { readonly file: SlackFile; readonly bytes: Uint8Array }>();
  #last: number;

  /**
   * With a direct message, a group and a channel, all of which the bot is in.
   *
   * @param nowMs Its time, ms since the epoch; each message is a second later.
   */
  constructor(nowMs: number) {
    this.#last = nowMs * 1_000;
    this.addChannel({ id: "D0ADA", kind: "im" });
    this.addChannel({ id: "G0TEAM", kind: "private" });
    this.addChannel({ id: "C0GENERAL", kind: "public" });
  }

  /** Adds a channel. */
  addChannel(channel: Omit<Channel, "messages" | "isMember">, isMember = true): Channel {
    const made = { ...channel, isMember, messages: [] };
    this.channels.set(channel.id, made);
    return made;
  }

  /** The next time: later than all before, as Slack's are within a channel. */
  nextTs(): string {
    this.#last += 1_000_100;
    return `${Math.floor(this.#last / 1_000_000)}.${
      String(this.#last % 1_000_000).padStart(6, "0")
    }`;
  }

  /** Puts a message into a channel. */
  add(channel: Channel, message: Omit<Message, "ts">): Message {
    const added: Message = { ts: this.nextTs(), ...message };
    channel.messages.push(added);
    return added;
  }

  /** Messages of the channel itself or of a thread, oldest first. */
  messagesOf(channel: Channel, thread: string | null): Message[] {
    return channel.messages.filter(({ ts, thread_ts, subtype }) =>
      thread === null
        ? thread_ts === undefined || thread_ts === ts || subtype === "thread_broadcast"
        : ts === thread || thread_ts === thread
    );
  }
}
