import type { ChannelEvent } from "../model/channels/event.ts";
import type {
  ChatPlace,
  EditRequest,
  FindOutcome,
  FindRequest,
  SendOutcome,
  SendRequest,
} from "../model/channels/message.ts";

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
  send(sent: SendRequest): Promise<SendOutcome>;
  edit(edited: EditRequest): Promise<SendOutcome>;
  find(which: FindRequest): Promise<FindOutcome>;
  typing(place: ChatPlace): Promise<void>;
  answerPress(answer: {
    readonly pressId: string;
    readonly place: ChatPlace;
    readonly text: string;
  }): Promise<void>;
}
