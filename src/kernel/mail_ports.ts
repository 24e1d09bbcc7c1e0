/** The mailbox of the state database, as the daemon uses it. Every call is one transaction. */
import type { AuditEntry } from "../model/audit.ts";
import type {
  InboundRow,
  Lane,
  MailCounts,
  NewOutbound,
  OutboundRow,
} from "../model/channels/mail.ts";
import type { ChatPlace, InboundMessage, OutboundPart } from "../model/channels/message.ts";
import type { UserMessage } from "../model/conversation/message.ts";
import type { TurnEnd } from "./store_ports.ts";

/** How a message ends: with its turn, where it began one, and what is said about it. */
export interface InboundEnd {
  readonly id: number;
  /** The turn that ends with it; null: it began none. */
  readonly turn: TurnEnd & { readonly sessionId: string } | null;
  /** The row that the first reply takes the place of; null: all are new. */
  readonly liveId: number | null;
  readonly replies: readonly OutboundPart[];
}

/** What came in and what goes out. */
export interface Mailbox {
  /**
   * Takes what came in, together with how far the service is read.
   *
   * @param given.lane null: it is not kept, only the cursor moves.
   * @param given.limit Rows that may wait in one place.
   * @param given.full What is said once when there are more.
   * @returns `last`: it is kept, and `full` was put into the outbox. `known`: it was delivered
   *   before. `full`: too many wait; it is not kept.
   */
  acceptInbound(given: {
    readonly channel: string;
    readonly cursor: string | null;
    readonly message: InboundMessage | null;
    readonly lane: Lane | null;
    readonly limit: number;
    readonly full: OutboundPart | null;
  }): Promise<"taken" | "last" | "known" | "full" | "none">;
  /** How far a service is read; null: not yet, or it has no order of its own. */
  readCursor(channel: string): Promise<string | null>;
  /** The first row that waits in each place, oldest first; begun ones of an earlier process, too. */
  nextInbound(which: {
    readonly lane: Lane;
    /** Keys of places that are at work. */
    readonly busy: readonly string[];
    readonly limit: number;
  }): Promise<InboundRow[]>;
  /** What waits or is worked on in one place, oldest first. @param which.place Its key. */
  waitingInbound(
    which: { readonly place: string; readonly limit: number },
  ): Promise<InboundRow[]>;
  /**
   * Counts one more try of a message. Its session is the one it was begun in, else the one of its
   * conversation, made where there is none, or where that is of another folder.
   *
   * @param taken.key Of the conversation, as `conversationKey` has it.
   * @returns `attempts`: how many tries there were, with this one.
   */
  takeUpInbound(taken: {
    readonly id: number;
    readonly key: string;
    readonly place: ChatPlace;
    readonly workspace: string;
  }): Promise<{ readonly attempts: number; readonly sessionId: string }>;
  /** The session of a conversation; null: none yet. */
  findChat(key: string): Promise<string | null>;
  /**
   * A chat has another id from now on: its conversations go on there, with what waits in them. One
   * that the new id has already stays as it is.
   */
  moveChat(
    moved: { readonly channel: string; readonly from: string; readonly to: string },
  ): Promise<void>;
  /** The next message of a conversation begins a new session. */
  leaveChat(key: string): Promise<void>;
  /** The model chosen for a conversation, as `provider/model`; null: none was. */
  chosenModel(key: string): Promise<string | null>;
  /** Chooses it; null: none is. */
  chooseModel(chosen: { readonly key: string; readonly model: string | null }): Promise<void>;
  /** Begins the turn of a message: both are stored, or neither. */
  beginInbound(begun: {
    readonly id: number;
    readonly sessionId: string;
    readonly message: UserMessage;
  }): Promise<void>;
  /** Ends a message with its turn and its replies: all are stored, or nothing. */
  finishInbound(end: InboundEnd, audit?: readonly AuditEntry[]): Promise<void>;
  /** A message that is put off to the next start: its tries so far do not count. */
  parkInbound(parked: {
    readonly id: number;
    readonly liveId: number | null;
    readonly part: OutboundPart;
  }): Promise<void>;

  /** @returns Its id. */
  putOutbound(message: NewOutbound): Promise<number>;
  /** Changes what a row says; one that was sent is changed at the service. */
  changeOutbound(change: {
    readonly id: number;
    readonly kind: OutboundRow["kind"];
    readonly part: OutboundPart;
  }): Promise<void>;
  /** The answer to a message that grew when its process ended; null: there is none. */
  liveOutbound(inboundId: number): Promise<number | null>;
  /** Where a row is at the service; null: not sent, or there is no such row. */
  sentAs(id: number): Promise<{ readonly messageId: string; readonly revision: number } | null>;
  /**
   * The first row to send in each place, oldest first; each is `sending` from here on.
   *
   * @param which.busy Keys of places that are at work.
   */
  takeOutbound(which: {
    readonly channel: string;
    readonly busy: readonly string[];
    readonly limit: number;
  }): Promise<OutboundRow[]>;
  /** It is at the service; what was changed since that revision is sent next. */
  markSent(sent: {
    readonly id: number;
    /** null: nobody can say. */
    readonly messageId: string | null;
    readonly revision: number;
  }): Promise<void>;
  /**
   * It was not done, and is tried again. `repeat`: it may have been done all the same. `anew`: the
   * message to change is no more, and is sent anew.
   */
  putBack(
    which: { readonly id: number; readonly how: "again" | "repeat" | "anew" },
  ): Promise<void>;
  /** The service will not do it. */
  giveUpOutbound(which: { readonly id: number; readonly why: string }): Promise<void>;
  /** Questions that nobody settled: after a start those of a former process, which nobody can. */
  openQuestions(): Promise<OutboundRow[]>;

  countMail(): Promise<MailCounts>;
  /**
   * Deletes what is done since before that moment, and gives up what could not be sent since
   * before the other one.
   */
  sweepMail(before: { readonly doneMs: number; readonly unsentMs: number }): Promise<void>;
}
