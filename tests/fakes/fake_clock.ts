import type { Clock } from "../../src/kernel/ports.ts";

/** A clock that stands still until it is told to go on; delays end when it passes them. */
export class FakeClock implements Clock {
  #now: number;
  readonly #waiting = new Set<{ at: number; wake(): void }>();

  constructor(startMs: number = Date.UTC(2026, 10, 21, 12, 0, 0)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const entry = {
        at: this.#now + ms,
        wake: () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      const stop = () => {
        this.#waiting.delete(entry);
        reject(signal?.reason);
      };
      this.#waiting.add(entry);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  /** Moves on and wakes whoever waited for it. */
  advance(ms: number): void {
    this.#now += ms;
    for (const entry of [...this.#waiting].sort((a, b) => a.at - b.at)) {
      if (entry.at > this.#now) continue;
      this.#waiting.delete(entry);
      entry.wake();
    }
  }

  /** Delays that have not ended. */
  get waiting(): number {
    return this.#waiting.size;
  }
}
