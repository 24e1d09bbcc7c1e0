/** Time and chance inside a channel's thread, and how long it waits before it connects again. */
import { backoffMs } from "../../base/backoff.ts";
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

/**
 * How long to wait before connecting again; see {@linkcode backoffMs}.
 *
 * @param failures Failed tries in a row, 1 or more.
 */
export function reconnectWaitMs(failures: number, random: Pick<Random, "fraction">): number {
  return backoffMs(failures, random.fraction());
}
