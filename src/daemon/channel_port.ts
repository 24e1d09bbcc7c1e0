import type { ChannelEvent } from "../model/channels/event.ts";
import type { ChatPlace, OutboundPart, SendOutcome } from "../model/channels/message.ts";

/** A chat service as the daemon needs it; what each method does is said where it is made. */
export interface ChannelPort {
  /** Tells what comes in until it is cancelled. @throws {AppError} For good only. */
  receive(
    from: { readonly cursor: string | null },
    onEvent: (event: ChannelEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** All up to `seq` is on the disk. */
  stored(done: { readonly seq: number }): void;
  send(sent: {
    readonly place: ChatPlace;
    readonly part: OutboundPart;
    readonly isPlain: boolean;
    readonly key: string;
    readonly replyTo: string | null;
  }): Promise<SendOutcome>;
  edit(edited: {
    readonly place: ChatPlace;
    readonly messageId: string;
    readonly part: OutboundPart;
    readonly isPlain: boolean;
  }): Promise<SendOutcome>;
  find(which: {
    readonly place: ChatPlace;
    readonly key: string;
    readonly sinceMs: number;
  }): Promise<
    | { readonly type: "found"; readonly messageId: string }
    | { readonly type: "absent" | "unknown" }
  >;
  typing(place: ChatPlace): Promise<void>;
  answerPress(answer: {
    readonly pressId: string;
    readonly place: ChatPlace;
    readonly text: string;
  }): Promise<void>;
}
