/** Messages of chats as they are kept: what came in until it is answered, what goes out until it is sent. */
import type { ChatPlace, InboundMessage, OutboundPart } from "./message.ts";

/** Which line a message waits in: commands go ahead of what is talked about. */
export type Lane = "turn" | "command";

/** A message that came in and is not done. */
export interface InboundRow {
  readonly id: number;
  /** Begins the keys of its replies. */
  readonly key: string;
  readonly message: InboundMessage;
  readonly lane: Lane;
  /** The session whose turn it began; null: it was not begun. */
  readonly sessionId: string | null;
  /** How often work on it was begun. */
  readonly attempts: number;
}

/**
 * What a row of the outbox is. `live`: an answer that still grows; `question`: open, with buttons;
 * `plain`: what it says stays.
 */
export type OutboundKind = "live" | "question" | "plain";

/** A message to send, or to change where it was sent already. */
export interface OutboundRow {
  readonly id: number;
  /** The same for each try. */
  readonly key: string;
  readonly kind: OutboundKind;
  readonly place: ChatPlace;
  readonly part: OutboundPart;
  /** Message of the chat that it answers. */
  readonly replyTo: string | null;
  /** At the service; null: it was not sent, as far as is known. */
  readonly messageId: string | null;
  /** Counts how often what it says was changed. */
  readonly revision: number;
  /** Somebody may have sent it and not lived to see the answer. */
  readonly isUnsure: boolean;
  /** It is sent once more after that. */
  readonly isRepeat: boolean;
  /** When it was first tried, ms since the epoch. */
  readonly sinceMs: number;
}

/** A message to be put in the outbox. */
export interface NewOutbound {
  readonly kind: OutboundKind;
  readonly place: ChatPlace;
  readonly part: OutboundPart;
  readonly replyTo: string | null;
  /** The message that it is about; null: none. */
  readonly inboundId: number | null;
}

/** How many rows are where, for `ward status`. */
export interface MailCounts {
  /** Messages that wait for their turn or are worked on. */
  readonly inbound: number;
  /** Messages that wait to be sent. */
  readonly outbound: number;
}
