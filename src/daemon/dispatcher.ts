/**
 * Works off what waits in the inbox. Messages of one place come one after the other, places go side
 * by side up to a limit; what waits is read from the store when there is room, never kept here.
 */
import type { DaemonService } from "./service.ts";
import { Wakeup } from "./wakeup.ts";
import { backoffMs } from "../base/backoff.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { Clock, Log, Random } from "../kernel/ports.ts";
import type { InboundRow, Lane } from "../model/channels/mail.ts";
import { placeKey } from "../model/channels/message.ts";

/** What a dispatcher works with. */
export interface DispatcherParts {
  readonly lane: Lane;
  readonly mailbox: Pick<Mailbox, "nextInbound">;
  /** Places at work at once; read anew each time. */
  limit(): number;
  /**
   * Works a message off: afterwards it is done in the store, or parked.
   *
   * @param stop Aborted when it has to be parked.
   * @throws Where the message stays as it is; it is tried again later.
   */
  work(row: InboundRow, stop: AbortSignal): Promise<void>;
  /** How long what is in hand may take when ward stops. */
  shutdownMs(): number;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
}

/** A dispatcher, which is told when something waits. */
export interface Dispatcher extends DaemonService {
  wake(): void;
  /** Places at work now. */
  readonly atWork: number;
}

/** Builds it. */
export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { lane, mailbox, clock, log } = parts;
  const bell = new Wakeup();
  /** Places whose message is worked on. */
  const active = new Map<string, Promise<void>>();
  /** Places that wait after a failure, with how often it failed. */
  const held = new Map<string, number>();

  const workOff = async (row: InboundRow, key: string, stop: AbortSignal, end: AbortSignal) => {
    let isDone = false;
    try {
      await parts.work(row, stop);
      isDone = true;
      held.delete(key);
    } catch (error) {
      const failures = (held.get(key) ?? 0) + 1;
      held.set(key, failures);
      log.write("error", "mail_work", { lane, id: row.id, failures, why: nameOf(error) });
    } finally {
      active.delete(key);
    }
    if (isDone) return;
    await clock.delay(backoffMs(held.get(key) ?? 1, parts.random.fraction()), end).catch(() => {});
  };

  return {
    name: `dispatcher:${lane}`,
    wake: () => bell.ring(),
    get atWork() {
      return active.size;
    },
    async run(signal) {
      const park = new AbortController();
      bell.ring();
      const waiting = new Set<string>();
      while (!signal.aborted) {
        await bell.wait(signal);
        const room = parts.limit() - active.size;
        if (signal.aborted || room <= 0) continue;
        const busy = [...active.keys(), ...waiting];
        const rows = await mailbox.nextInbound({ lane, busy, limit: room });
        for (const row of signal.aborted ? [] : rows) {
          const key = placeKey(row.message.place);
          const work = Promise.resolve().then(() => workOff(row, key, park.signal, signal));
          active.set(key, work);
          waiting.add(key);
          work.finally(() => {
            waiting.delete(key);
            bell.ring();
          });
        }
      }
      if (active.size === 0) return;
      const late = new AbortController();
      const all = Promise.all(active.values()).finally(() => late.abort());
      await clock.delay(parts.shutdownMs(), late.signal).catch(() => {});
      park.abort();
      await all;
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${"code" in error ? error.code : ""}` : "thrown";
}
