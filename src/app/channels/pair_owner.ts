/** Waits for a code in a direct message to a bot: whoever sends it sits at this terminal. */
import { AppError } from "../../base/app_error.ts";
import type { ChannelClient } from "../../compartments/channels/client.ts";
import { codeIn, PAIRING_MS } from "../../kernel/channels/pairing.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { ChatSender, InboundMessage } from "../../model/channels/message.ts";

/** What it works with. */
export interface PairingParts {
  readonly client: Pick<ChannelClient, "receive" | "send" | "stored">;
  readonly clock: Pick<Clock, "delay">;
  readonly code: string;
  /** What to say meanwhile; text from outside is none of it. */
  notice(text: string): void;
}

const CONFIRMED = "Paired: what you write here is done as if you had typed it at your ward.";

/**
 * Waits.
 *
 * @returns Who sent it.
 * @throws {AppError} `channel.late`; what `receive` throws.
 */
export async function pairOwner(
  { client, clock, code, notice }: PairingParts,
): Promise<ChatSender> {
  const stop = new AbortController();
  const found = Promise.withResolvers<InboundMessage>();
  let last = "";
  const received = client.receive({ cursor: null }, (event) => {
    if (stop.signal.aborted) return;
    if (event.type === "waiting" && event.why !== last) {
      last = event.why;
      notice(`${event.why}; trying again`);
    }
    if ("seq" in event) client.stored({ seq: event.seq });
    if (event.type === "message" && isCode(event.message, code)) found.resolve(event.message);
  }, stop.signal).then(
    () => found.reject(new AppError("channel.ended", "The bot stopped receiving messages")),
    (error) => found.reject(error),
  );
  const late = clock.delay(PAIRING_MS, stop.signal).then(
    () =>
      found.reject(
        new AppError("channel.late", "Nobody sent the code within an hour", {
          hint: "The bot is kept, without an owner: ward channels pair",
        }),
      ),
    () => {},
  );
  try {
    const { place, sender, eventId } = await found.promise;
    const part = { text: CONFIRMED, plain: CONFIRMED };
    const key = `pairing-${eventId}`;
    await client.send({ place, part, isPlain: true, key, replyTo: null });
    return sender;
  } finally {
    stop.abort();
    await Promise.all([received, late]);
  }
}

/** Only a direct message counts: in a group anybody could have read it off a screen. */
function isCode({ place, sender, text }: InboundMessage, code: string): boolean {
  return place.kind === "direct" && !sender.isBot && codeIn(text) === code;
}
