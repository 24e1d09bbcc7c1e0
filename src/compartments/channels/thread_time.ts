/** Time and chance inside a channel's thread, and how long it waits before it connects again. */
import type { Clock, Random } from "../../kernel/ports.ts";

/** What a channel takes from outside itself, besides the network. */
export interface ThreadTime {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
}

/** The machine's. */
export const threadTime: ThreadTime = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    delay(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", stop);
          resolve();
        }, ms);
        signal?.addEventListener("abort", stop, { once: true });
      });
    },
  },
  random: { fraction: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32 },
};

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * How long to wait before connecting again: 5, 10, 20, 40, then 60 s, each a fifth shorter or
 * longer by chance, so that many bots do not come back in the same moment.
 *
 * @param failures Failed tries in a row, 1 or more.
 * @returns Milliseconds, whole.
 */
export function reconnectWaitMs(failures: number, random: Pick<Random, "fraction">): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (Math.min(failures, 10) - 1));
  return Math.round(wait * (0.8 + 0.4 * random.fraction()));
}
