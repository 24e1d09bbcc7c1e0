/** What open sessions are doing. Every function runs in the caller's transaction. */
import type {
  ActiveCall,
  ActiveTurn,
  SessionActivity,
} from "../../../model/conversation/activity.ts";
import type { SessionArchive } from "../../../kernel/store_ports.ts";
import type { Database, SqlRow } from "../sqlite/database.ts";

/** Audit rows that are looked through for the calls of a turn; one answer has few calls. */
const AUDIT_ROWS = 200;

/** See `SessionArchive.readActivity`. */
export function readActivity(
  database: Database,
  { sessions }: Parameters<SessionArchive["readActivity"]>[0],
): SessionActivity[] {
  return sessions.flatMap(({ sessionId, sinceMs }) => {
    const row = database.get("SELECT * FROM sessions WHERE id = ?", [sessionId]);
    if (!row) return [];
    const turn = openTurn(database, sessionId, sinceMs);
    const own = activityOf(database, row, turn);
    if (turn === null) return [own];
    const below = database.all("SELECT * FROM sessions WHERE root_id = ? ORDER BY rowid", [
      sessionId,
    ]);
    return [
      own,
      // Those of a turn that ward did not live to end are none.
      ...below.flatMap((child) => {
        const its = openTurn(database, String(child["id"]), Number(turn["started_at_ms"]));
        return its === null ? [] : [activityOf(database, child, its)];
      }),
    ];
  });
}

/** The newest turn, where it has not ended and began since then. */
function openTurn(database: Database, sessionId: string, sinceMs: number): SqlRow | null {
  const row = database.get("SELECT * FROM turns WHERE session_id = ? ORDER BY id DESC LIMIT 1", [
    sessionId,
  ]);
  return row?.["outcome"] === null && Number(row["started_at_ms"]) >= sinceMs ? row : null;
}

function activityOf(database: Database, session: SqlRow, turn: SqlRow | null): SessionActivity {
  const sessionId = String(session["id"]);
  const last = database.get(
    "SELECT provider, model FROM model_usage WHERE session_id = ? ORDER BY id DESC LIMIT 1",
    [sessionId],
  );
  return {
    sessionId,
    title: String(session["title"]),
    workspace: String(session["workspace"]),
    parentId: session["parent_id"] === null ? null : String(session["parent_id"]),
    model: last ? { provider: String(last["provider"]), model: String(last["model"]) } : null,
    turn: turn && turnOf(database, sessionId, turn),
  };
}

function turnOf(database: Database, sessionId: string, turn: SqlRow): ActiveTurn {
  const number = database.get(
    "SELECT count(*) AS count FROM turns WHERE session_id = ? AND id <= ?",
    [sessionId, Number(turn["id"])],
  );
  const used = database.get(
    `SELECT count(*) AS calls, coalesce(sum(input_tokens), 0) AS input,
       coalesce(sum(output_tokens), 0) AS output
     FROM model_usage WHERE session_id = ? AND turn_id = ?`,
    [sessionId, Number(turn["id"])],
  );
  return {
    number: Number(number?.["count"]),
    startedAtMs: Number(turn["started_at_ms"]),
    modelCalls: Number(used?.["calls"]),
    inputTokens: Number(used?.["input"]),
    outputTokens: Number(used?.["output"]),
    calls: openCalls(database, sessionId, Number(turn["started_at_ms"])),
  };
}

function openCalls(database: Database, sessionId: string, fromMs: number): ActiveCall[] {
  const rows = database.all(
    `SELECT call_id, name, state FROM tool_calls JOIN messages ON messages.id = message_id
     WHERE tool_calls.session_id = ? AND state <> 'done' AND at_ms >= ? ORDER BY tool_calls.id`,
    [sessionId, fromMs],
  );
  if (rows.length === 0) return [];
  // Newest first. What policy says of a call comes behind its title, answers behind that.
  const audit = database.all(
    `SELECT kind, detail FROM audit WHERE session_id = ? AND at_ms >= ?
     ORDER BY seq DESC LIMIT ${AUDIT_ROWS}`,
    [sessionId, fromMs],
  ).map(({ kind, detail }) => ({
    kind: String(kind),
    detail: JSON.parse(String(detail)) as Record<string, unknown>,
  }));
  return rows.map(({ call_id, name, state }): ActiveCall => {
    const own = audit.filter(({ detail }) => detail["callId"] === call_id);
    const title = own.find(({ kind }) => kind === "tool_call")?.detail["title"];
    const decided = own.filter(({ kind }) => kind === "decision");
    const asked = decided.filter(({ detail }) => detail["decision"] === "ask").length;
    const answered = decided.filter(({ detail }) => String(detail["rule"]).startsWith("answer:"));
    return {
      name: String(name),
      title: typeof title === "string" ? title : null,
      state: state === "running" ? "running" : asked > answered.length ? "waiting" : "pending",
    };
  });
}
