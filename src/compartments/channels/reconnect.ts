/** How long a thread waits before it connects anew: the same for every service. */
import type { Clock } from "../../kernel/ports.ts";

const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

/** What a connection needs of time and chance. */
export interface Pacing {
  readonly clock: Pick<Clock, "now" | "delay">;
  /** 0 ≤ x < 1. */
  fraction(): number;
}

/** Time and chance of a thread. */
export const threadPacing: Pacing = {
  clock: {
    now: () => Date.now(),
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
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
      }),
  },
  fraction: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

/**
 * Milliseconds before the next try: 5 s, doubled with each failure up to 60 s, of which a fifth is
 * left to chance, so that many bots do not come back at the same moment.
 *
 * @param failures In a row, from 1.
 */
export function reconnectMs(failures: number, { fraction }: Pacing): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(whole * (0.8 + 0.2 * fraction()));
}
