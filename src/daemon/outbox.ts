/**
 * Sends what one bot has to send. Messages of a place go one after the other; each is stored before
 * it is tried, and one of which nobody knows whether it arrived is settled before the next one.
 */
import type { ChannelPort } from "./channel_port.ts";
import { Wakeup } from "./wakeup.ts";
import { backoffMs } from "../base/backoff.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { Clock, Log, Random } from "../kernel/ports.ts";
import type { OutboundRow } from "../model/channels/mail.ts";
import {
  type ChatPlace,
  type OutboundPart,
  placeKey,
  type SendOutcome,
} from "../model/channels/message.ts";

/** Places that are sent to at once. */
const AT_ONCE = 8;

/** Ends a message that may stand in the chat already. */
export const REPEAT_MARK = "(may repeat)";

/** What an outbox works with. */
export interface OutboxParts {
  /** Name of the bot. */
  readonly channel: string;
  readonly port: Pick<ChannelPort, "send" | "edit" | "find">;
  readonly mailbox: Pick<
    Mailbox,
    "takeOutbound" | "markSent" | "putBack" | "giveUpOutbound" | "sentAs"
  >;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
}

/** The outbox of one bot. */
export interface Outbox {
  /** Told when something waits. */
  wake(): void;
  /**
   * Shows a state of a message that is not kept: where its place is at work, or it is not sent yet,
   * that is left out.
   *
   * @returns Milliseconds until the next one makes sense.
   */
  show(place: ChatPlace, id: number, part: OutboundPart): Promise<number>;
  /** Sends until it is told to stop, then until what is under way is known. */
  run(signal: AbortSignal): Promise<void>;
}

/** Builds it. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { channel, port, mailbox, clock, random, log } = parts;
  const bell = new Wakeup();
  /** Places that something is under way to. */
  const active = new Map<string, Promise<unknown>>();
  /** Places that wait for a limit, or after a failure. */
  const held = new Set<string>();
  let failures = 0;

  /** Tries it, and once more as plain text where the service refuses the markup. */
  const inBothForms = async (attempt: (isPlain: boolean) => Promise<SendOutcome>) => {
    const outcome = await attempt(false);
    const isForm = outcome.type === "refused" && outcome.cause === "format";
    return isForm ? await attempt(true) : outcome;
  };

  const trySend = (row: OutboundRow): Promise<SendOutcome> => {
    const { place, key, replyTo, messageId } = row;
    const part = row.isRepeat ? marked(row.part) : row.part;
    return inBothForms((isPlain) =>
      messageId === null
        ? port.send({ place, part, isPlain, key, replyTo })
        // The mark stays: what may stand there already was an earlier state of it.
        : port.edit({ place, messageId, part, isPlain })
    );
  };

  /** @returns Milliseconds to wait before the place is tried again; null: it goes on. */
  const deliver = async (row: OutboundRow): Promise<number | null> => {
    const { id, revision } = row;
    if (row.isUnsure && row.messageId === null) {
      const settled = await settle(row);
      if (settled !== "absent") return settled;
    }
    const outcome = await trySend(row);
    switch (outcome.type) {
      case "sent":
        failures = 0;
        await mailbox.markSent({ id, messageId: outcome.messageId, revision });
        return null;
      case "limited":
        await mailbox.putBack({ id, how: row.isRepeat ? "repeat" : "again" });
        return outcome.afterMs;
      case "refused":
        return await refused(row, outcome);
      case "failed": {
        log.write("warn", "mail_failed", { channel, id, why: outcome.why });
        const wait = backoffMs(++failures, random.fraction());
        // Where somebody may have got it, that is settled at the next try.
        if (outcome.isUnsure && row.messageId === null) return wait;
        await mailbox.putBack({ id, how: row.isRepeat ? "repeat" : "again" });
        return wait;
      }
    }
  };

  /** Finds out about a message that may have arrived. */
  const settle = async (row: OutboundRow): Promise<"absent" | number | null> => {
    const { id, place, key, sinceMs } = row;
    const found = await port.find({ place, key, sinceMs });
    log.write("info", "mail_settled", { channel, id, found: found.type });
    if (found.type === "absent") return "absent";
    if (found.type === "found") {
      // What it says may be of an earlier state: it is changed to what it should say.
      await mailbox.markSent({ id, messageId: found.messageId, revision: -1 });
    } else {
      await mailbox.putBack({ id, how: "repeat" });
    }
    return null;
  };

  const refused = async (
    row: OutboundRow,
    { cause, word }: Extract<SendOutcome, { type: "refused" }>,
  ): Promise<number | null> => {
    const { id } = row;
    log.write("warn", "mail_refused", { channel, id, cause, word });
    if (cause === "token") {
      await mailbox.putBack({ id, how: row.isRepeat ? "repeat" : "again" });
      return backoffMs(++failures, random.fraction());
    }
    // An answer whose message was taken away, or may not be changed any more, is sent anew.
    if (row.messageId !== null && row.kind === "plain") await mailbox.putBack({ id, how: "anew" });
    else await mailbox.giveUpOutbound({ id, why: `${cause}: ${word}` });
    return null;
  };

  const work = async (row: OutboundRow, key: string, signal: AbortSignal) => {
    let wait: number | null;
    try {
      wait = await deliver(row);
    } catch (error) {
      // The thread or the store is gone; whoever runs this is told by it, too.
      const why = error instanceof Error ? error.message : "thrown";
      log.write("error", "mail_broken", { channel, id: row.id, why });
      wait = backoffMs(++failures, random.fraction());
    }
    if (wait === null || signal.aborted) return;
    held.add(key);
    clock.delay(wait, signal).catch(() => {}).then(() => {
      held.delete(key);
      bell.ring();
    });
  };

  /** Takes a place for something, until that is over. */
  const occupy = <T>(key: string, doing: Promise<T>): Promise<T> => {
    active.set(key, doing);
    return doing.finally(() => {
      if (active.get(key) === doing) active.delete(key);
      bell.ring();
    });
  };

  return {
    wake: () => bell.ring(),
    async show(place, id, part) {
      const key = placeKey(place);
      const sent = await mailbox.sentAs(id);
      if (sent === null || active.has(key) || held.has(key)) return 0;
      const showing = inBothForms((isPlain) =>
        port.edit({ place, messageId: sent.messageId, part, isPlain })
      ).catch((error): SendOutcome => ({
        type: "failed",
        isUnsure: false,
        why: String(error),
      }));
      const outcome = await occupy(key, showing);
      return outcome.type === "limited" ? outcome.afterMs : 0;
    },
    async run(signal) {
      bell.ring();
      while (!signal.aborted) {
        await bell.wait(signal);
        const limit = AT_ONCE - active.size;
        if (signal.aborted || limit <= 0) continue;
        const busy = [...active.keys(), ...held];
        const rows = await mailbox.takeOutbound({ channel, busy, limit });
        for (const row of rows) {
          const key = placeKey(row.place);
          // A state may be shown there since it was asked what waits: that comes first.
          const before = active.get(key) ?? Promise.resolve();
          occupy(key, before.then(() => work(row, key, signal)));
        }
      }
      await Promise.all(active.values());
    },
  };
}

function marked(part: OutboundPart): OutboundPart {
  const end = `\n\n${REPEAT_MARK}`;
  return { ...part, text: part.text + end, plain: part.plain + end };
}
