/** One message of a chat that is changed as an answer grows, at the pace that its service bears. */
import type { Outbox } from "./outbox.ts";
import { Wakeup } from "./wakeup.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { Clock } from "../kernel/ports.ts";
import type { ChatPlace, OutboundPart } from "../model/channels/message.ts";

/** An answer that is there sooner is sent whole, without a first state of it. */
const FIRST_MS = 800;
/** Between two states. Telegram bears a message a second in a chat, twenty a minute in a group. */
const DIRECT_MS = 1_500;
const GROUP_MS = 4_000;

/** What a live message works with. */
export interface LiveParts {
  readonly mailbox: Pick<Mailbox, "putOutbound" | "changeOutbound">;
  readonly outbox: Pick<Outbox, "show" | "wake">;
  readonly clock: Clock;
  readonly place: ChatPlace;
  readonly replyTo: string | null;
  readonly inboundId: number;
  /** The row of an earlier process; null: none. */
  readonly id: number | null;
  /** What it says now; null: there is nothing to show. */
  render(): OutboundPart | null;
}

/** See {@linkcode createLiveMessage}. */
export interface LiveMessage {
  /** Something changed. */
  touch(): void;
  /** What it says stays where it is; what comes next begins a new one. */
  seal(): Promise<void>;
  /** Shows nothing more. @returns Its row; null: it was never shown. */
  close(): Promise<number | null>;
}

/** Builds it; nothing is shown before something changed. */
export function createLiveMessage(parts: LiveParts): LiveMessage {
  const { mailbox, outbox, clock, place, replyTo, inboundId, render } = parts;
  const bell = new Wakeup();
  const over = new AbortController();
  const pace = place.kind === "direct" ? DIRECT_MS : GROUP_MS;
  let id = parts.id;
  let shown = "";
  /** One step after the other: a state, a seal. */
  let steps: Promise<unknown> = Promise.resolve();
  const step = <T>(body: () => Promise<T>): Promise<T> => {
    const next = steps.then(body);
    steps = next.catch(() => {});
    return next;
  };

  const showState = async (): Promise<number> => {
    const part = render();
    if (over.signal.aborted || part === null || part.text === shown) return 0;
    shown = part.text;
    if (id !== null) return await outbox.show(place, id, part);
    id = await mailbox.putOutbound({ kind: "live", place, part, replyTo, inboundId });
    outbox.wake();
    return 0;
  };

  const run = async () => {
    await clock.delay(id === null ? FIRST_MS : 0, over.signal);
    while (!over.signal.aborted) {
      await bell.wait(over.signal);
      const waitMs = await step(showState);
      await clock.delay(Math.max(pace, waitMs), over.signal);
    }
  };
  // A state that cannot be shown is no reason to end the turn; the answer itself is kept.
  run().catch(() => {});

  return {
    touch: () => bell.ring(),
    seal: () =>
      step(async () => {
        const part = render();
        if (id === null || part === null) return;
        await mailbox.changeOutbound({ id, kind: "plain", part });
        outbox.wake();
        id = null;
        shown = "";
      }),
    async close() {
      over.abort();
      await steps;
      return id;
    },
  };
}
