/**
 * The ledger of caps that processes share. Every function runs in the caller's transaction, so that
 * two processes never both take the last of a cap.
 *
 * What counts is what the stored calls used, and what is held for calls under way or for calls of
 * which nobody knows what they used. How much of a hold stays when its call is stored is said by the
 * kernel.
 */
import type {
  BudgetUnit,
  CapFact,
  HoldAnswer,
  HoldRequest,
  Settlement,
  SharedCaps,
  Trip,
} from "../../../model/conversation/budget.ts";
import type { Database } from "../sqlite/database.ts";

const DAY_MS = 86_400_000;

/** A call that began so long before midnight counts for the new day while it is under way. */
const OVER_MIDNIGHT_MS = 3_600_000;

interface Sums {
  readonly day: Record<BudgetUnit, number>;
  readonly session: Record<BudgetUnit, number>;
}

/** The day of a moment, UTC: `2026-11-27`. */
export function dayKey(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** Holds what a call may take, or says which cap it would pass; that one is then reached. */
export function holdBudget(
  database: Database,
  request: HoldRequest,
  { id, nowMs }: { id: string; nowMs: number },
): HoldAnswer {
  const { sessionId, tokens, usd } = request;
  const sums = sumsOf(database, sessionId, nowMs);
  const warnings: CapFact[] = [];
  for (const { scope, unit, cap } of capsOf(request.caps)) {
    const asked = unit === "tokens" ? tokens : usd;
    if (asked === null) continue;
    const key = scope === "day" ? dayKey(nowMs) : sessionId;
    const state = stateOf(database, scope, key, unit);
    const limit = cap + state.lifted;
    const spent = sums[scope][unit];
    const fact = { scope, unit, limit, spent, asked };
    // A smaller call does not slip through.
    const isReached = reachedAt(state, limit) !== null;
    if (isReached || spent + asked > limit) {
      if (!isReached) trip(database, { scope, key, unit, cap, limit, atMs: nowMs });
      return { type: "refused", cap: fact };
    }
    if (spent + asked >= limit * request.warnAt && state.warnedLimit !== limit) {
      database.run(
        `INSERT INTO budget_state (scope, key, unit, warned_limit) VALUES (?, ?, ?, ?)
         ON CONFLICT (scope, key, unit) DO UPDATE SET warned_limit = excluded.warned_limit`,
        [scope, key, unit, limit],
      );
      warnings.push(fact);
    }
  }
  database.run(
    "INSERT INTO budget_holds (id, session_id, tokens, usd, at_ms) VALUES (?, ?, ?, ?, ?)",
    [id, sessionId, tokens, usd, nowMs],
  );
  return { type: "held", id, warnings };
}

/** Ends a hold of a call that used nothing. */
export function dropHold(database: Database, id: string): void {
  database.run("DELETE FROM budget_holds WHERE id = ?", [id]);
}

/** Stores what stays held for a call whose use is stored with it; nothing is the end of the hold. */
export function settleHold(database: Database, { id, tokens, usd }: Settlement): void {
  if (tokens === 0 && !usd) dropHold(database, id);
  else database.run("UPDATE budget_holds SET tokens = ?, usd = ? WHERE id = ?", [tokens, usd, id]);
}

/** Caps that are in force and reached: those of today, and those of a session. */
export function listTrips(
  database: Database,
  { sessionId, caps }: { sessionId: string | null; caps: SharedCaps },
  nowMs: number,
): Trip[] {
  return capsOf(caps).flatMap(({ scope, unit, cap }) => {
    const key = scope === "day" ? dayKey(nowMs) : sessionId;
    if (key === null) return [];
    const state = stateOf(database, scope, key, unit);
    const limit = cap + state.lifted;
    const atMs = reachedAt(state, limit);
    return atMs === null ? [] : [{ scope, key, unit, cap, limit, atMs }];
  });
}

/** Lifts a reached cap by as much as it is. @returns Whether it was in force and reached. */
export function liftTrip(
  database: Database,
  { scope, key, unit, caps }: Pick<Trip, "scope" | "key" | "unit"> & { caps: SharedCaps },
): boolean {
  const cap = capsOf(caps).find((one) => one.scope === scope && one.unit === unit)?.cap;
  if (cap === undefined) return false;
  const state = stateOf(database, scope, key, unit);
  if (reachedAt(state, cap + state.lifted) === null) return false;
  database.run(
    `UPDATE budget_state SET lifted = lifted + ?, tripped_at_ms = NULL, tripped_limit = NULL
     WHERE scope = ? AND key = ? AND unit = ?`,
    [cap, scope, key, unit],
  );
  return true;
}

/** When a limit was reached; null where it was not, or was lifted or set higher since. */
function reachedAt(
  { trippedAtMs, trippedLimit }: { trippedAtMs: number | null; trippedLimit: number },
  limit: number,
): number | null {
  return trippedLimit >= limit ? trippedAtMs : null;
}

function trip(database: Database, { scope, key, unit, limit, atMs }: Trip): void {
  database.run(
    `INSERT INTO budget_state (scope, key, unit, tripped_at_ms, tripped_limit)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, key, unit) DO UPDATE SET
       tripped_at_ms = excluded.tripped_at_ms, tripped_limit = excluded.tripped_limit`,
    [scope, key, unit, atMs, limit],
  );
}

function capsOf(
  caps: SharedCaps,
): { scope: "day" | "session"; unit: BudgetUnit; cap: number }[] {
  const all = [
    { scope: "day", unit: "tokens", cap: caps.dailyTokens },
    { scope: "day", unit: "usd", cap: caps.dailyUsd },
    { scope: "session", unit: "tokens", cap: caps.sessionTokens },
    { scope: "session", unit: "usd", cap: caps.sessionUsd },
  ] as const;
  return all.flatMap(({ cap, ...of }) => cap === null ? [] : [{ ...of, cap }]);
}

function stateOf(database: Database, scope: string, key: string, unit: string) {
  const row = database.get(
    "SELECT * FROM budget_state WHERE scope = ? AND key = ? AND unit = ?",
    [scope, key, unit],
  );
  const number = (column: string) => row?.[column] === null ? null : Number(row?.[column]);
  return {
    lifted: Number(row?.["lifted"] ?? 0),
    trippedAtMs: row ? number("tripped_at_ms") : null,
    trippedLimit: Number(row?.["tripped_limit"] ?? 0),
    warnedLimit: row ? number("warned_limit") : null,
  };
}

function sumsOf(database: Database, sessionId: string, nowMs: number): Sums {
  const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const session = database.get("SELECT created_at_ms FROM sessions WHERE id = ?", [sessionId]);
  const fromMs = Math.min(dayMs, Number(session?.["created_at_ms"] ?? dayMs));
  const sums: Sums = { day: { tokens: 0, usd: 0 }, session: { tokens: 0, usd: 0 } };
  const add = (row: { id: unknown; tokens: number; usd: unknown; isOfDay: boolean }) => {
    for (
      const sum of [
        ...row.isOfDay ? [sums.day] : [],
        ...row.id === sessionId ? [sums.session] : [],
      ]
    ) {
      sum.tokens += row.tokens;
      sum.usd += Number(row.usd ?? 0);
    }
  };
  // Newest first and in the order of time, but for clocks that were put back: a day of slack.
  const calls = database.rows(
    `SELECT coalesce(root_id, session_id) AS session_id, coalesce(input_tokens, 0) + coalesce(output_tokens, 0) AS tokens, usd, at_ms
     FROM model_usage ORDER BY id DESC`,
    [],
  );
  for (const { session_id, tokens, usd, at_ms } of calls) {
    if (Number(at_ms) < fromMs - DAY_MS) break;
    add({ id: session_id, tokens: Number(tokens), usd, isOfDay: Number(at_ms) >= dayMs });
  }
  for (const { session_id, tokens, usd, at_ms } of database.all("SELECT * FROM budget_holds")) {
    const isOfDay = Number(at_ms) >= dayMs - OVER_MIDNIGHT_MS;
    add({ id: session_id, tokens: Number(tokens), usd, isOfDay });
  }
  return sums;
}
