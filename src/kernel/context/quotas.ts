/** How the window of a model is shared out. All numbers are estimated tokens. */

/** Shares of one request. */
export interface Quotas {
  /** Everything that is said: summary, earlier turns, the current one. */
  readonly messages: number;
  /** The summary of what was left out. */
  readonly summary: number;
  /** Earlier turns that stand word for word. */
  readonly recent: number;
  /** What earlier turns are brought down to when they pass that: they slide in steps, so that the
   * beginning of the request, which the service caches, stays the same for many turns. */
  readonly recentAfter: number;
}

/** Longest summary. */
const MAX_SUMMARY = 2_000;

/**
 * Shares out a window.
 *
 * @param window Tokens that a request may take, the answer included.
 * @param parts `fixed`: system prompt and tools. `answer`: the longest answer. `correction`: what
 *   the service counts for each estimated token. `bound`: the messages take no more in any case.
 */
export function shareOut(
  window: number,
  parts: { fixed: number; answer: number; correction: number; bound?: number | null | undefined },
): Quotas {
  // A long answer must not leave nothing for the question.
  const input = window - Math.min(parts.answer, window / 4);
  const room = Math.max(0, Math.floor(input / parts.correction - parts.fixed));
  const messages = Math.min(room, parts.bound ?? room);
  return {
    messages,
    summary: Math.min(MAX_SUMMARY, Math.floor(messages * 0.15)),
    recent: Math.floor(messages * 0.5),
    recentAfter: Math.floor(messages * 0.2),
  };
}

/** Bounds of the correction: a service that counts nonsense must not empty or burst the window. */
const LEAST = 0.75;
const MOST = 4;

/** The correction after a call: what was counted for what was estimated. */
export function correctionOf(counted: number, estimated: number, before: number): number {
  if (counted <= 0 || estimated <= 0) return before;
  return Math.min(MOST, Math.max(LEAST, counted / estimated));
}
