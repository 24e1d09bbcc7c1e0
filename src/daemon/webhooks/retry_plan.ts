import type { DeliveryEnd } from "../../model/services/webhook.ts";

/** Waits after each failure, ms; after the last one it is given up, some 19 hours on. */
export const WAITS_MS: readonly number[] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 18_000, 36_000]
  .map((seconds) => seconds * 1_000);

/** Longest that a receiver can put ward off, ms. */
const MAX_PUT_OFF_MS = 3_600_000;

/** How a try ended, as it is seen. */
export type TryOutcome =
  | { readonly type: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  /** `why`: safe to show. */
  | { readonly type: "failed"; readonly why: string };

/**
 * What becomes of a delivery after a try. Only an answer of 2xx says that it was taken; a redirect is
 * none, since nobody but the address in the settings is told anything.
 *
 * @param fraction 0 ≤ x < 1, for jitter.
 */
export function afterTry(
  outcome: TryOutcome,
  { attempts, nowMs, fraction }: { attempts: number; nowMs: number; fraction: number },
): DeliveryEnd {
  if (outcome.type === "answered" && outcome.status >= 200 && outcome.status < 300) {
    return { type: "delivered" };
  }
  const problem = outcome.type === "answered" ? `it answered ${outcome.status}` : outcome.why;
  // Gone: the receiver wants no more of it, as the specification has it.
  const isGone = outcome.type === "answered" && outcome.status === 410;
  const waitMs = WAITS_MS[attempts];
  if (isGone || waitMs === undefined) return { type: "given_up", problem };
  const asked = outcome.type === "answered" ? outcome.retryAfterMs ?? 0 : 0;
  const least = Math.min(asked, MAX_PUT_OFF_MS);
  const wait = Math.max(least, waitMs * (0.8 + 0.4 * fraction));
  return { type: "again", atMs: nowMs + Math.round(wait), problem };
}
