/** Rows of what model calls used. Every function runs in the caller's transaction. */
import type { Usage } from "../../../model/model_stream.ts";
import type { Database } from "../sqlite/database.ts";

/** A call as it is stored. */
export interface UsageEntry {
  readonly sessionId: string;
  readonly purpose: "answer" | "summary";
  /** Name as configured; empty where it is not known. */
  readonly provider: string;
  readonly model: string;
  /** null: the service did not count. */
  readonly usage: Usage | null;
  /** Milliseconds the call took, retries included. */
  readonly ms: number | undefined;
  readonly nowMs: number;
}

/** Adds one call, as part of the newest turn of its session. */
export function addUsage(database: Database, entry: UsageEntry): void {
  const { sessionId, purpose, provider, model, usage, ms, nowMs } = entry;
  database.run(
    `INSERT INTO model_usage (session_id, turn_id, purpose, provider, model, input_tokens,
       output_tokens, cached_tokens, reasoning_tokens, ms, at_ms)
     SELECT ?, (SELECT max(id) FROM turns WHERE session_id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?`,
    [
      sessionId,
      sessionId,
      purpose,
      provider,
      model,
      usage?.inputTokens ?? null,
      usage?.outputTokens ?? null,
      usage?.cachedTokens ?? null,
      usage?.reasoningTokens ?? null,
      ms === undefined ? null : Math.round(ms),
      nowMs,
    ],
  );
}
