/** Takes in what a service tells: stored first, confirmed to the service after that. */
import type { ChannelPort } from "./channel_port.ts";
import { AppError } from "../base/app_error.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { ChannelEvent } from "../model/channels/event.ts";
import type { Lane } from "../model/channels/mail.ts";
import type { ButtonPress, InboundMessage, OutboundPart } from "../model/channels/message.ts";

/** Messages that may wait in one place. */
const WAITING = 100;

const FULL_TEXT = "Too many messages wait here. Those after this one are not taken until some " +
  "are answered.";
const FULL: OutboundPart = { text: FULL_TEXT, plain: FULL_TEXT };

/** What an inbox works with. */
export interface InboxParts {
  /** Name of the bot. */
  readonly channel: string;
  readonly port: Pick<ChannelPort, "receive" | "stored">;
  readonly mailbox: Pick<Mailbox, "acceptInbound" | "readCursor" | "moveChat">;
  /** The line that a message waits in; null: nothing of it is kept. */
  laneOf(message: InboundMessage): Lane | null;
  /** What of a message may be stored: no token, for one. */
  kept(message: InboundMessage): InboundMessage;
  /** Told after a message was stored; `isLast`: and what is said of too many, which goes out. */
  onTaken(lane: Lane, isLast: boolean): void;
  onPress(press: ButtonPress): void;
  /** The connection came or went. */
  onState(event: Extract<ChannelEvent, { type: "connected" | "waiting" }>): void;
}

/**
 * Receives until it is told to stop, then until all that came is stored.
 *
 * @throws {AppError} What ended the connection for good, or why something cannot be stored: it is not
 * confirmed then, and comes again.
 */
export async function receiveMail(parts: InboxParts, signal: AbortSignal): Promise<void> {
  const { channel, port, mailbox } = parts;
  const broken = new AbortController();
  let storing: Promise<void> = Promise.resolve();
  const store = async (event: Exclude<ChannelEvent, { type: "connected" | "waiting" }>) => {
    // After a failure nothing is stored: an order with a gap would lose what is missing.
    broken.signal.throwIfAborted();
    const message = event.type === "message" ? event.message : null;
    const lane = message ? parts.laneOf(message) : null;
    const { cursor } = event;
    // Before the cursor: told once more, it is done once more.
    if (event.type === "moved") await mailbox.moveChat({ channel, from: event.from, to: event.to });
    const taken = message || cursor !== null
      ? await mailbox.acceptInbound({
        channel,
        cursor,
        message: message && lane ? parts.kept(message) : message,
        lane,
        limit: WAITING,
        full: FULL,
      })
      : "none";
    port.stored({ seq: event.seq });
    if (lane && (taken === "taken" || taken === "last")) parts.onTaken(lane, taken === "last");
    if (event.type === "press") parts.onPress(event.press);
  };
  const onEvent = (event: ChannelEvent) => {
    if (event.type === "connected" || event.type === "waiting") return parts.onState(event);
    storing = storing.then(() => store(event));
    storing.catch((error) => broken.abort(error));
  };
  const cursor = await mailbox.readCursor(channel);
  try {
    await port.receive({ cursor }, onEvent, AbortSignal.any([signal, broken.signal]));
  } catch (error) {
    if (!signal.aborted && !broken.signal.aborted) throw error;
  }
  await storing;
  if (signal.aborted) return;
  throw new AppError("channel.ended", "The connection ended by itself");
}
