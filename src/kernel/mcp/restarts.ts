import type { Clock } from "../ports.ts";

/** Longest wait before a server is started again, ms. */
const MAX_WAIT_MS = 30_000;

/** Ends in a row, with nothing answered between, after which a server is left alone. */
export const MAX_ENDS = 5;

/** Waits longer from one end of a server to the next. */
export class Restarts {
  readonly #clock: Clock;
  #ends = 0;
  #endedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends since it answered last. */
  get ends(): number {
    return this.#ends;
  }

  /** Whether it is not started again by itself. */
  get isGivenUp(): boolean {
    return this.#ends >= MAX_ENDS;
  }

  /** It ended, or did not start. */
  ended(): void {
    this.#ends++;
    this.#endedAt = this.#clock.monotonic();
  }

  /** It answered, or a person wants it started. */
  answered(): void {
    this.#ends = 0;
  }

  /** What is left of the wait before the next start, ms: none after the first end. */
  get waitMs(): number {
    if (this.#ends < 2) return 0;
    const wait = Math.min(MAX_WAIT_MS, 1000 * 2 ** (this.#ends - 2));
    return Math.max(0, this.#endedAt + wait - this.#clock.monotonic());
  }
}
