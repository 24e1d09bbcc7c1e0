/** Rows of what model calls used. Every function runs in the caller's transaction. */
import type { Settlement } from "../../../model/conversation/budget.ts";
import type { Usage } from "../../../model/conversation/model_stream.ts";
import type { UsagePurpose, UsageRow } from "../../../model/conversation/usage.ts";
import type { Database } from "../sqlite/database.ts";
import { settleHold } from "./budget.ts";

/** A call as it is stored. */
export interface UsageEntry {
  readonly sessionId: string;
  readonly purpose: UsagePurpose;
  /** Name as configured; empty where it is not known. */
  readonly provider: string;
  readonly model: string;
  /** null: the service did not count. */
  readonly usage: Usage | null;
  /** Price in dollars; null or missing: not known. */
  readonly usd?: number | null | undefined;
  /** What stays held for the call; null or missing: nothing was, or all of it does. */
  readonly settlement?: Settlement | null | undefined;
  /** Milliseconds the call took, retries included. */
  readonly ms: number | undefined;
  readonly nowMs: number;
}

/** Adds one call, as part of the newest turn of its session. */
export function addUsage(database: Database, entry: UsageEntry): void {
  const { sessionId, purpose, provider, model, usage, ms, usd = null, settlement, nowMs } = entry;
  database.run(
    `INSERT INTO model_usage (session_id, turn_id, purpose, provider, model, input_tokens,
       output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, ms, usd, at_ms,
       root_id)
     SELECT ?, (SELECT max(id) FROM turns WHERE session_id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (SELECT root_id FROM sessions WHERE id = ?)`,
    [
      sessionId,
      sessionId,
      purpose,
      provider,
      model,
      usage?.inputTokens ?? null,
      usage?.outputTokens ?? null,
      usage?.cachedTokens ?? null,
      usage?.cacheWriteTokens ?? null,
      usage?.reasoningTokens ?? null,
      ms === undefined ? null : Math.round(ms),
      usd,
      nowMs,
      sessionId,
    ],
  );
  if (settlement) settleHold(database, settlement);
}

/** See `SessionArchive.readUsage`. */
export function readUsage(
  database: Database,
  { afterId, limit, sessionId, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: {
    afterId: number;
    limit: number;
    sessionId?: string | undefined;
    fromMs?: number | undefined;
    toMs?: number | undefined;
  },
): UsageRow[] {
  return database.all(
    `SELECT * FROM model_usage WHERE id > ? AND at_ms >= ? AND at_ms < ?
       AND (? IS NULL OR ? IN (session_id, root_id)) ORDER BY id LIMIT ?`,
    [afterId, fromMs, toMs, sessionId ?? null, sessionId ?? null, limit],
  ).map((row) => {
    const count = (column: string) => row[column] === null ? null : Number(row[column]);
    return {
      id: Number(row["id"]),
      sessionId: String(row["session_id"]),
      turnId: count("turn_id"),
      purpose: row["purpose"] as UsageRow["purpose"],
      provider: String(row["provider"]),
      model: String(row["model"]),
      inputTokens: count("input_tokens"),
      outputTokens: count("output_tokens"),
      cachedTokens: count("cached_tokens"),
      cacheWriteTokens: count("cache_write_tokens"),
      reasoningTokens: count("reasoning_tokens"),
      ms: count("ms"),
      atMs: Number(row["at_ms"]),
    };
  });
}
