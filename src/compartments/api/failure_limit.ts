/** Wrong tokens from one address within {@linkcode WINDOW_MS}, after which it is let in no more. */
export const MAX_FAILURES = 10;

/** How long failures count, ms, from the first of them. */
export const WINDOW_MS = 60_000;

/** Addresses that are remembered; the oldest is forgotten. */
const MAX_ADDRESSES = 1_000;

/** Counts wrong tokens. Once there are too many, the right one is not looked at either. */
export class FailureLimit {
  readonly #failures = new Map<string, { count: number; readonly sinceMs: number }>();

  /** Milliseconds until this address may try again; 0: now. */
  waitMs(address: string, nowMs: number): number {
    const key = keyOf(address);
    const entry = this.#failures.get(key);
    if (!entry) return 0;
    const left = entry.sinceMs + WINDOW_MS - nowMs;
    if (left <= 0) this.#failures.delete(key);
    return left > 0 && entry.count >= MAX_FAILURES ? left : 0;
  }

  /** Counts one. */
  failed(address: string, nowMs: number): void {
    const key = keyOf(address);
    const entry = this.#failures.get(key);
    if (entry && entry.sinceMs + WINDOW_MS > nowMs) {
      entry.count++;
      return;
    }
    this.#failures.delete(key);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(key, { count: 1, sinceMs: nowMs });
  }
}

/** One IPv6 network counts as one address: each machine has as many of them as it wants. */
function keyOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const first = head.split(":").filter((part) => part !== "");
  const last = (tail ?? "").split(":").filter((part) => part !== "");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array(missing).fill("0"), ...last].slice(0, 4).join(":");
}
