/** Caps on what model calls may take, and what is held for calls under way. */

/** What a cap is for: one message and its answer, a session, a day (UTC). */
export type BudgetScope = "task" | "session" | "day";

/** What a cap counts. */
export type BudgetUnit = "tokens" | "usd";

/** What a call takes. */
export interface Amount {
  readonly tokens: number;
  /** Dollars; null: not known. */
  readonly usd: number | null;
}

/** What stays held of a cap once a call is stored, beside what its row counts. */
export interface Settlement extends Amount {
  /** The hold. */
  readonly id: string;
}

/** Caps that all processes of a profile share; null: none. */
export interface SharedCaps {
  readonly sessionTokens: number | null;
  readonly sessionUsd: number | null;
  readonly dailyTokens: number | null;
  readonly dailyUsd: number | null;
}

/** A cap with what stands against it. */
export interface CapFact {
  readonly scope: BudgetScope;
  readonly unit: BudgetUnit;
  /** With what was lifted. */
  readonly limit: number;
  /** Spent, and held for calls under way. */
  readonly spent: number;
  /** What the call may take at most. */
  readonly asked: number;
}

/** A call that wants to be made. */
export interface HoldRequest {
  readonly sessionId: string;
  /** Tokens it may take at most. */
  readonly tokens: number;
  /** Dollars it may cost at most; null: its price is not known, and money is not counted. */
  readonly usd: number | null;
  readonly caps: SharedCaps;
  /** Share of a cap from which on it is warned of, once. */
  readonly warnAt: number;
}

/** What the ledger says: the room is held, or which cap stands in the way. */
export type HoldAnswer =
  | { readonly type: "held"; readonly id: string; readonly warnings: readonly CapFact[] }
  | { readonly type: "refused"; readonly cap: CapFact };

/** A cap that is reached: no call is made until it is lifted or set higher. */
export interface Trip {
  readonly scope: Exclude<BudgetScope, "task">;
  /** `2026-11-27`, or the id of the session. */
  readonly key: string;
  readonly unit: BudgetUnit;
  /** As set. */
  readonly cap: number;
  /** With what was lifted. */
  readonly limit: number;
  readonly atMs: number;
}
