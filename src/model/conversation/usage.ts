/** What model calls used, and what that cost. */

/**
 * What calls are for. `summary`: ward's own that shortened a long session. `judgement`: ward's own
 * that judged an answer.
 */
export const USAGE_PURPOSES = ["answer", "summary", "judgement"] as const;

/** One of {@linkcode USAGE_PURPOSES}. */
export type UsagePurpose = typeof USAGE_PURPOSES[number];

/** One call as it is stored; a count is null where the service did not say. */
export interface UsageRow {
  readonly id: number;
  readonly sessionId: string;
  readonly turnId: number | null;
  readonly purpose: UsagePurpose;
  /** Name as configured, with the host where that is not the usual one; empty: not known. */
  readonly provider: string;
  readonly model: string;
  /** Cached and written ones included. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly ms: number | null;
  readonly atMs: number;
}

/** Sums of calls. */
export interface CostSum {
  readonly calls: number;
  /** Calls that the service did not count; their tokens and price are missing below. */
  readonly uncounted: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly ms: number;
  /** US dollars of the calls whose price is known; null: there are calls, and of none is it. */
  readonly usd: number | null;
  /** Calls whose price is not known. */
  readonly unpriced: number;
}

/** Sums of the calls of one key to one model. */
export interface CostLine extends CostSum {
  /** A day as `2026-11-27`, the id of a session, the number of a task or call, or empty. */
  readonly key: string;
  readonly provider: string;
  readonly model: string;
}

/** `ward cost`. */
export interface CostReport {
  readonly by: "day" | "session" | "task" | "call" | "model";
  readonly lines: readonly CostLine[];
  readonly total: CostSum;
  /** Day of the price table. */
  readonly pricesAsOf: string;
  /** Caps that are reached now, in words. */
  readonly reached?: readonly string[] | undefined;
}
