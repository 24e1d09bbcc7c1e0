/** People, servers, channels and messages of the fake Discord. */

/** As in Discord's answers. */
export interface FakeUser {
  readonly id: string;
  readonly username: string;
  readonly global_name: string | null;
  readonly discriminator: string;
  readonly avatar: null;
  readonly bot: boolean;
}

/** As in Discord's answers. */
export interface FakeChannel {
  readonly id: string;
  readonly type: number;
  readonly guild_id?: string;
  readonly parent_id?: string | null;
  readonly owner_id?: string;
  readonly name?: string;
  readonly recipients?: readonly FakeUser[];
  permission_overwrites?: { id: string; type: number; allow: string; deny: string }[];
}

/** As in Discord's answers. */
export interface FakeGuild {
  readonly id: string;
  readonly name: string;
  readonly features: string[];
  readonly vanity_url_code: string | null;
  readonly roles: {
    readonly id: string;
    readonly name: string;
    readonly permissions: string;
    readonly tags?: { readonly bot_id: string };
  }[];
}

/** As in Discord's answers. */
export interface FakeMessage {
  readonly id: string;
  readonly channel_id: string;
  readonly guild_id?: string;
  readonly author: FakeUser;
  content: string;
  readonly timestamp: string;
  edited_timestamp: string | null;
  readonly type: number;
  readonly mentions: readonly FakeUser[];
  readonly mention_roles: readonly string[];
  readonly attachments: readonly FakeAttachment[];
  readonly referenced_message?: FakeMessage;
  readonly message_snapshots?: readonly {
    readonly message: {
      readonly content: string;
      readonly attachments: readonly FakeAttachment[];
    };
  }[];
  readonly nonce?: string;
  components: unknown[];
  readonly flags: number;
  readonly tts: false;
  readonly mention_everyone: false;
  readonly embeds: readonly [];
  readonly pinned: false;
}

/** A file of a message. */
export interface FakeAttachment {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
  readonly url: string;
  readonly content_type: string;
}

/** What a message may have besides its text. */
export interface SaidWith {
  readonly files?: readonly {
    readonly name: string;
    readonly type: string;
    readonly bytes: Uint8Array<ArrayBuffer>;
  }[];
  readonly replyTo?: string;
  readonly forwarded?: string;
  /** @default 0, or 19 for an answer */
  readonly type?: number;
  readonly nonce?: string;
  readonly components?: unknown[];
  readonly flags?: number;
}

const EPOCH_MS = 1_420_070_400_000n;

/** All of it. */
export class World {
  readonly bot: FakeUser;
  readonly applicationId: string;
  readonly channels = new Map<string, FakeChannel>();
  readonly guilds = new Map<string, FakeGuild>();
  /** By channel, oldest first. */
  readonly messages = new Map<string, FakeMessage[]>();
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  #last = 0n;

  readonly cdn: () => string;

  /** Where files are, ending in `/`. */
  constructor(cdn: () => string) {
    this.cdn = cdn;
    this.applicationId = this.id();
    this.bot = { ...this.user("ward_bot", "Ward"), bot: true };
  }

  /** A new id; later ones are larger. */
  id(): string {
    const now = (BigInt(Date.now()) - EPOCH_MS) << 22n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return String(this.#last);
  }

  /** Somebody new. */
  user(username: string, name: string | null = null): FakeUser {
    return {
      id: this.id(),
      username,
      global_name: name,
      discriminator: "0",
      avatar: null,
      bot: false,
    };
  }

  /** The chat of the bot and one person. */
  direct(user: FakeUser): string {
    const known = [...this.channels.values()].find(({ type, recipients }) =>
      type === 1 && recipients?.[0]?.id === user.id
    );
    return known?.id ?? this.addChannel({ id: this.id(), type: 1, recipients: [user] });
  }

  /** A server, where everybody may see channels. */
  guild(
    { features = [], vanity = null }: { features?: string[]; vanity?: string | null } = {},
  ): FakeGuild {
    const id = this.id();
    const guild: FakeGuild = {
      id,
      name: `server ${id}`,
      features,
      vanity_url_code: vanity,
      roles: [
        { id, name: "@everyone", permissions: String(1 << 10) },
        { id: this.id(), name: "Ward", permissions: "0", tags: { bot_id: this.bot.id } },
      ],
    };
    this.guilds.set(id, guild);
    return guild;
  }

  /** A channel of a server. `isHidden`: not everybody may see it. */
  channel(guild: FakeGuild, { isHidden = false, type = 0 } = {}): string {
    return this.addChannel({
      id: this.id(),
      type,
      guild_id: guild.id,
      name: "general",
      permission_overwrites: isHidden
        ? [{ id: guild.id, type: 0, allow: "0", deny: String(1 << 10) }]
        : [],
    });
  }

  /** A thread; begun from a message it has that one's id. */
  thread(
    parent: string,
    { owner = this.bot.id, isPrivate = false, id = this.id(), name = "thread" } = {},
  ): string {
    const of = this.channels.get(parent);
    return this.addChannel({
      id,
      type: isPrivate ? 12 : 11,
      guild_id: of?.guild_id ?? "",
      parent_id: parent,
      owner_id: owner,
      name,
    });
  }

  addChannel(channel: FakeChannel): string {
    this.channels.set(channel.id, channel);
    this.messages.set(channel.id, []);
    return channel.id;
  }

  /** Writes a message into a channel. */
  write(channelId: string, author: FakeUser, content: string, how: SaidWith = {}): FakeMessage {
    const channel = this.channels.get(channelId);
    if (!channel) throw new Error(`there is no channel ${channelId}`);
    const id = this.id();
    const answered = how.replyTo === undefined ? undefined : this.message(channelId, how.replyTo);
    const attachments = (how.files ?? []).map(({ name, type, bytes }): FakeAttachment => {
      const file = this.id();
      this.files.set(file, bytes);
      return {
        id: file,
        filename: name,
        size: bytes.byteLength,
        content_type: type,
        url: `${this.cdn()}${channelId}/${file}/${encodeURIComponent(name)}?ex=1&is=2&hm=3`,
      };
    });
    const message: FakeMessage = {
      id,
      channel_id: channelId,
      ...(channel.guild_id ? { guild_id: channel.guild_id } : {}),
      author,
      content,
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      type: how.type ?? (answered ? 19 : 0),
      mentions: [`<@${this.bot.id}>`, `<@!${this.bot.id}>`].some((one) => content.includes(one))
        ? [this.bot]
        : [],
      mention_roles: [...content.matchAll(/<@&(\d{1,20})>/g)].map(([, role = ""]) => role),
      // What is handed on brings its files itself.
      attachments: how.forwarded === undefined ? attachments : [],
      ...(answered ? { referenced_message: answered } : {}),
      ...(how.forwarded === undefined
        ? {}
        : { message_snapshots: [{ message: { content: how.forwarded, attachments } }] }),
      ...(how.nonce === undefined ? {} : { nonce: how.nonce }),
      components: how.components ?? [],
      flags: how.flags ?? 0,
      tts: false,
      mention_everyone: false,
      embeds: [],
      pinned: false,
    };
    this.messages.get(channelId)!.push(message);
    return message;
  }

  /** A message of a channel. */
  message(channel: string, id: string): FakeMessage | undefined {
    return this.messages.get(channel)?.find((one) => one.id === id);
  }
}
