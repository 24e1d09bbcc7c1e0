/**
 * How often Discord may be asked: buckets of routes as it tells them, and its limit over all of
 * them. Whoever is over a limit is told how long, and asks nothing.
 * Source: Discord's documentation, "Rate Limits".
 */
import { retryAfterMs } from "../../../../base/retry_after.ts";
import type { Clock } from "../../../../kernel/ports.ts";

/** Requests in a second, of all routes; Discord's own limit is 50. */
const GLOBAL_PER_SECOND = 45;

/** Routes and buckets that are remembered. */
const MAX_KNOWN = 2000;

/** Longest that a wait is believed, ms; a longer one is asked about again. */
const MAX_WAIT_MS = 3_600_000;

interface Bucket {
  left: number;
  /** By the clock that never goes back. */
  resetsAt: number;
}

/** Limits of one token. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #bucketOf = new Map<string, string>();
  readonly #buckets = new Map<string, Bucket>();
  #closedUntil = 0;
  #second = { from: -Infinity, count: 0 };

  /** @param clock Of the limits' ends. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a request that is about to go.
   *
   * @param route Method and path with the channel's id, but no other.
   * @returns 0, or ms that it has to wait, in which case it was not counted.
   */
  take(route: string): number {
    const now = this.#clock.monotonic();
    if (now < this.#closedUntil) return Math.ceil(this.#closedUntil - now);
    if (now - this.#second.from >= 1000) this.#second = { from: now, count: 0 };
    if (this.#second.count >= GLOBAL_PER_SECOND) return Math.ceil(this.#second.from + 1000 - now);
    const bucket = this.#buckets.get(this.#bucketOf.get(route) ?? "");
    if (bucket && now < bucket.resetsAt) {
      if (bucket.left <= 0) return Math.ceil(bucket.resetsAt - now);
      bucket.left--;
    }
    this.#second.count++;
    return 0;
  }

  /**
   * Learns from an answer.
   *
   * @returns ms to wait when it was a 429, else null.
   */
  learn(route: string, channel: string, { status, headers }: Response): number | null {
    const now = this.#clock.monotonic();
    const number = (name: string) => {
      const text = headers.get(name);
      return text !== null && /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
    };
    const hash = headers.get("x-ratelimit-bucket");
    const left = number("x-ratelimit-remaining");
    const resetsInS = number("x-ratelimit-reset-after");
    const key = hash === null ? route : `${hash.slice(0, 100)}:${channel}`;
    if (left !== null && resetsInS !== null) {
      this.#remember(route, key, { left, resetsAt: now + bounded(resetsInS * 1000) });
    }
    if (status !== 429) return null;
    const waitMs = bounded(retryAfterMs((name) => headers.get(name), this.#clock.now()) ?? 1000);
    if (headers.get("x-ratelimit-global") === "true" || hash === null) {
      // Without a bucket it is Discord's front that refuses, whatever is asked.
      this.#closedUntil = now + waitMs;
    } else this.#remember(route, key, { left: 0, resetsAt: now + waitMs });
    return waitMs;
  }

  #remember(route: string, key: string, bucket: Bucket): void {
    for (const known of [this.#bucketOf, this.#buckets]) {
      if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? "");
    }
    this.#bucketOf.set(route, key);
    this.#buckets.set(key, bucket);
  }
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), MAX_WAIT_MS);
}
