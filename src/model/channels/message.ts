/** What comes in from a chat and what goes out into it, the same for every service. */

/** Where something is said: one conversation, whose messages stay in order. */
export interface ChatPlace {
  /** Name of the bot, as configured. */
  readonly channel: string;
  /** Id of the chat or channel at the service. */
  readonly chat: string;
  /** Id of a thread or topic in it; null: the chat itself. */
  readonly thread: string | null;
  /** `direct`: the bot and one person. `group`: members only. `public`: whoever is there can join. */
  readonly kind: "direct" | "group" | "public";
}

/** Key of a place among those of all bots: each is a conversation. */
export function placeKey({ channel, chat, thread }: ChatPlace): string {
  return JSON.stringify(thread === null ? [channel, chat] : [channel, chat, thread]);
}

/** Who wrote. */
export interface ChatSender {
  /** Of the service; names change and can be taken, ids cannot. */
  readonly id: string;
  /** Shown name. Text from outside. */
  readonly name: string;
  readonly isBot: boolean;
}

/** A file of a message, not fetched yet. */
export interface ChatFile {
  /** What the service gives it out for. */
  readonly ref: string;
  /** As its sender named it; null: it has no name. Text from outside. */
  readonly name: string | null;
  readonly mediaType: string;
  /** null: the service does not say. */
  readonly bytes: number | null;
}

/** What others wrote and a message brings along. Text from outside, also where the owner sent it. */
export interface ChatQuote {
  /**
   * `forwarded`: the message hands it on. `answered`: it is an answer to that; one to the bot or to
   * the sender themselves brings nothing from outside, and is not among them.
   */
  readonly kind: "forwarded" | "answered";
  /** Shown name of who wrote it. */
  readonly from: string;
  readonly text: string;
}

/** A message that came in. */
export interface InboundMessage {
  /** The same for each delivery of it, and no other's within its bot. */
  readonly eventId: string;
  readonly place: ChatPlace;
  readonly sender: ChatSender;
  /** Id of the message in its chat; null: none stands there, it was given as a slash command. */
  readonly messageId: string | null;
  /** The sender's own words, without the mention of the bot at their beginning. */
  readonly text: string;
  /** @default none */
  readonly quotes?: readonly ChatQuote[] | undefined;
  /** Whether it is for the bot: a direct message, a mention, an answer to one of its messages. */
  readonly isAddressed: boolean;
  readonly files: readonly ChatFile[];
  /** When it was sent, ms since the epoch, by the service's clock. */
  readonly atMs: number;
}

/** A button that was pressed. */
export interface ButtonPress {
  readonly eventId: string;
  /** For the service's answer to whoever pressed it. */
  readonly pressId: string;
  readonly place: ChatPlace;
  readonly sender: ChatSender;
  /** The message with the button. */
  readonly messageId: string;
  /** {@linkcode ChatButton.data}. */
  readonly data: string;
}

/** A button below a message. */
export interface ChatButton {
  readonly label: string;
  /** At most 60 bytes, of letters, digits, `:`, `-` and `_`. */
  readonly data: string;
}

/**
 * One message to send: within the service's limits, in its own form. It is sent without previews of
 * the addresses in it (to fetch one tells its server what is in the address) and calls nobody by name.
 */
export interface OutboundPart {
  /** In the markup of the service: HTML for Telegram, mrkdwn for Slack, Markdown for Discord. */
  readonly text: string;
  /** The same without any markup, for when the service refuses it; nothing in it is escaped. */
  readonly plain: string;
  /** Rows of buttons. @default none */
  readonly buttons?: readonly (readonly ChatButton[])[] | undefined;
}

/** How a request to a service ended. */
export type SendOutcome =
  | { readonly type: "sent"; readonly messageId: string }
  /** Nothing was done; it may be tried after that. */
  | { readonly type: "limited"; readonly afterMs: number }
  /**
   * The service did not do it, and will not. `format`: its markup is wrong, plain text may pass.
   * `gone`: the chat or the message is no more, or the bot may not write there. `token`: the token
   * is over.
   */
  | {
    readonly type: "refused";
    readonly cause: "format" | "gone" | "token" | "other";
    /** The service's own word, safe to show. */
    readonly word: string;
  }
  /** No answer. `isUnsure`: it may have been done all the same. */
  | { readonly type: "failed"; readonly isUnsure: boolean; readonly why: string };

/** One message of a chat's past; text from outside. */
export interface HistoryMessage {
  readonly messageId: string;
  readonly sender: ChatSender;
  readonly text: string;
  readonly atMs: number;
}

/** A message to send. */
export interface SendRequest {
  readonly place: ChatPlace;
  readonly part: OutboundPart;
  /** Without markup. */
  readonly isPlain: boolean;
  /** The same for each try. Where the service takes one, it does it only once. */
  readonly key: string;
  /** Id of a message in the chat that it answers. */
  readonly replyTo: string | null;
}

/** A change of a message that was sent. */
export interface EditRequest {
  readonly place: ChatPlace;
  readonly messageId: string;
  readonly part: OutboundPart;
  /** Without markup. */
  readonly isPlain: boolean;
}

/** A message that may have been sent. */
export interface FindRequest {
  readonly place: ChatPlace;
  readonly key: string;
  readonly sinceMs: number;
}

/** Whether it was; `unknown`: the service cannot tell. */
export type FindOutcome =
  | { readonly type: "found"; readonly messageId: string }
  | { readonly type: "absent" | "unknown" };
