import type { ChannelKind } from "../../../model/channels/channel.ts";
import type { ChatPlace, HistoryMessage, SendOutcome } from "../../../model/channels/message.ts";

/** A bot that chats are reached by. */
export interface ChatBot {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Base address of its service's API. */
  readonly apiUrl: string;
}

/** Chats as tools use them. */
export interface ChatPort {
  /** The chat that the session is in; null: it is in none. */
  readonly here: ChatPlace | null;
  /** Bots that are configured, in their order. */
  bots(): readonly ChatBot[];
  /** Stores a message, which goes out in its turn, once the service takes it. */
  post(place: ChatPlace, markdown: string): Promise<void>;
  sendFile(sent: {
    readonly place: ChatPlace;
    readonly name: string;
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly caption: string;
  }): Promise<SendOutcome>;
  /** Newest messages, oldest first. @throws {AppError} Family `channel`. */
  history(which: {
    readonly place: ChatPlace;
    readonly sinceMs: number | null;
    readonly untilMs: number | null;
    readonly limit: number;
  }): Promise<readonly HistoryMessage[]>;
}
