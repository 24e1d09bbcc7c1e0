/** Telegram as its people see it: chats with messages, and the updates that a bot has not taken yet. */

/** An answer of the Bot API that is none. */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number };

  constructor(code: number, description: string, parameters: Refusal["parameters"] = {}) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

/** A person, or another bot. */
export interface FakeUser {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
}

/** A message as the chat shows it. */
export interface ShownMessage {
  readonly id: number;
  /** null: the bot's own. */
  readonly from: FakeUser | null;
  readonly thread: number | null;
  readonly replyTo: number | null;
  /** After parsing. */
  text: string;
  /** As it was sent, with markup. */
  source: string;
  buttons: { text: string; callback_data: string }[][];
  /** Texts that it had before. */
  readonly edits: string[];
  readonly file:
    | { readonly name: string; readonly bytes: Uint8Array; readonly type: string }
    | null;
}

/** A chat that the bot is in. */
export interface FakeChat {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup";
  readonly title?: string;
  readonly username?: string;
  readonly isForum?: boolean;
  readonly messages: Map<number, ShownMessage>;
  readonly topics: Set<number>;
  /** What anything that is sent there is refused with. */
  refusal: Refusal | null;
  nextId: number;
}

/** A person of the tests. */
export const ADA: FakeUser = { id: 1001, is_bot: false, first_name: "Ada", last_name: "L." };
/** Somebody else. */
export const BOB: FakeUser = { id: 1002, is_bot: false, first_name: "Bob", username: "bob" };

/** The bot that the service knows. */
export const BOT: FakeUser & { username: string } = {
  id: 7000,
  is_bot: true,
  first_name: "Ward",
  username: "ward_bot",
};

/** Options of a message that a person writes. */
export interface Said {
  readonly by?: FakeUser;
  readonly thread?: number;
  readonly replyTo?: number;
  /** Fields of the message besides: files, `forward_origin`, `sender_chat`. */
  readonly more?: object;
}

/** All chats, files and updates of one bot. */
export class World {
  readonly chats = new Map<number, FakeChat>();
  readonly files = new Map<string, { readonly path: string; readonly bytes: Uint8Array }>();
  /** Presses that were not answered yet, and the answers of the others. */
  readonly presses = new Map<string, string | null>();
  readonly updates: { update_id: number }[] = [];
  /** Time of the service, ms. */
  now: number = Date.UTC(2026, 10, 27, 12);
  #nextUpdate = 500_000_001;
  #nextPress = 1;
  #onUpdate: () => void = () => {};

  /** Called when there is an update. */
  set onUpdate(wake: () => void) {
    this.#onUpdate = wake;
  }

  /** Number of the newest update. */
  get tail(): number {
    return this.#nextUpdate - 1;
  }

  /** After a quiet week the numbers begin elsewhere. */
  restartNumbers(at: number): void {
    this.#nextUpdate = at;
  }

  /** A chat with the bot in it. */
  chat(
    chat: Pick<FakeChat, "id" | "type"> & Partial<Pick<FakeChat, "title" | "username" | "isForum">>,
  ): FakeChat {
    const made: FakeChat = {
      ...chat,
      messages: new Map(),
      topics: new Set(),
      refusal: null,
      nextId: 1,
    };
    this.chats.set(chat.id, made);
    return made;
  }

  /** A direct message's chat with a person. */
  direct(user: FakeUser = ADA): FakeChat {
    return this.chats.get(user.id) ?? this.chat({ id: user.id, type: "private" });
  }

  /** A person writes. @returns The id of the message. */
  say(chat: FakeChat, text: string, { by = ADA, thread, replyTo, more = {} }: Said = {}): number {
    const id = chat.nextId++;
    const hasFile = ["photo", "voice", "audio", "video", "video_note", "animation", "document"]
      .some((kind) => kind in more);
    const answered = replyTo === undefined ? undefined : chat.messages.get(replyTo);
    chat.messages.set(id, {
      id,
      from: by,
      thread: thread ?? null,
      replyTo: replyTo ?? null,
      text,
      source: text,
      buttons: [],
      edits: [],
      file: null,
    });
    this.update({
      message: {
        ...this.#head(chat, id, thread),
        from: by,
        ...(text === ""
          ? {}
          : hasFile
          ? { caption: text, caption_entities: entitiesOf(text) }
          : { text, entities: entitiesOf(text) }),
        ...(answered
          ? {
            reply_to_message: {
              ...this.#head(chat, answered.id, thread),
              from: answered.from ?? BOT,
              text: answered.text,
            },
          }
          : {}),
        ...more,
      },
    });
    return id;
  }

  /** A person presses the button with this data. @returns The id of the press. */
  press(chat: FakeChat, messageId: number, data: string, by: FakeUser = ADA): string {
    const message = chat.messages.get(messageId);
    if (!message?.buttons.flat().some(({ callback_data }) => callback_data === data)) {
      throw new Error(`Message ${messageId} has no button with "${data}"`);
    }
    const id = `4382${this.#nextPress++}`;
    this.presses.set(id, null);
    this.update({
      callback_query: {
        id,
        from: by,
        chat_instance: "1",
        data,
        message: {
          ...this.#head(chat, messageId, message.thread ?? undefined),
          from: BOT,
          text: message.text,
        },
      },
    });
    return id;
  }

  /** A file that a message can have. @returns Its id. */
  file(bytes: Uint8Array, path: string): string {
    const id = `AgAC${this.files.size + 1}-file`;
    this.files.set(id, { path, bytes });
    return id;
  }

  /** The bot is sent this. */
  update(what: object): void {
    this.updates.push({ update_id: this.#nextUpdate++, ...what });
    this.#onUpdate();
  }

  /** Texts that the chat shows, in order. */
  texts(chat: FakeChat): string[] {
    return [...chat.messages.values()].map(({ text }) => text);
  }

  /** Messages of the bot, in order. */
  sent(chat: FakeChat): ShownMessage[] {
    return [...chat.messages.values()].filter(({ from }) => from === null);
  }

  #head(chat: FakeChat, id: number, thread: number | undefined) {
    const { id: chatId, type, title, username, isForum } = chat;
    return {
      message_id: id,
      date: Math.floor(this.now / 1000),
      chat: {
        id: chatId,
        type,
        ...(title === undefined ? {} : { title }),
        ...(username === undefined ? {} : { username }),
        ...(isForum ? { is_forum: true } : {}),
      },
      ...(thread === undefined ? {} : {
        message_thread_id: thread,
        ...(chat.topics.has(thread) ? { is_topic_message: true } : {}),
      }),
    };
  }
}

/** Mentions and commands as the servers mark them; offsets in UTF-16 units. */
function entitiesOf(text: string): object[] {
  const found = (type: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(({ 0: part, index }) => ({
      type,
      offset: index,
      length: part.length,
    }));
  return [
    ...found("mention", /(?<![\w/])@[a-z]\w{3,31}/gi),
    ...found("bot_command", /(?<![\w/<>@])\/[a-z0-9_]{1,64}(?:@\w{3,32})?/gi),
  ];
}
