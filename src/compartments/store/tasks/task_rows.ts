/** Rows of tasks. Every function runs in the caller's transaction. */
import type { TaskBook, TaskCounts } from "../../../kernel/task_ports.ts";
import type {
  RoundDecision,
  Task,
  TaskEnd,
  TaskRequest,
  TaskRound,
  TaskState,
} from "../../../model/services/task.ts";
import { addUsage } from "../rows/usage.ts";
import type { Database, SqlRow } from "../sqlite/database.ts";

/** Ended tasks that are kept. */
const KEPT = 5_000;

/** Characters of a text in a list. */
const LISTED = 2_000;

const OPEN = "state IN ('queued', 'running')";

/** See `TaskBook.addTask`. */
export function addTask(
  database: Database,
  { description, category, maxIterations, qualityThreshold, idempotencyKey }: TaskRequest,
  { maxOpen, id, nowMs }: { maxOpen: number; id: string; nowMs: number },
): Awaited<ReturnType<TaskBook["addTask"]>> {
  const same = idempotencyKey === null
    ? undefined
    : database.get("SELECT * FROM tasks WHERE idempotency_key = ?", [idempotencyKey]);
  if (same) return { task: taskOf(same), isNew: false };
  const open = database.get(`SELECT count(*) AS count FROM tasks WHERE ${OPEN}`);
  if (Number(open?.["count"]) >= maxOpen) return null;
  database.run(
    `INSERT INTO tasks (id, description, category, max_iterations, quality_threshold,
       idempotency_key, state, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)`,
    [id, description, category, maxIterations, qualityThreshold, idempotencyKey, nowMs],
  );
  database.run(
    `DELETE FROM tasks WHERE NOT ${OPEN} AND rowid <= (
       SELECT rowid FROM tasks WHERE NOT ${OPEN} ORDER BY rowid DESC LIMIT 1 OFFSET ${KEPT})`,
  );
  return { task: readTask(database, id)!, isNew: true };
}

/** See `TaskBook.readTask`. */
export function readTask(database: Database, id: string): Task | null {
  const row = database.get("SELECT * FROM tasks WHERE id = ?", [id]);
  return row ? taskOf(row) : null;
}

/** See `TaskBook.listTasks`. */
export function listTasks(database: Database, limit: number): Task[] {
  return database.all(
    `SELECT *, substr(description, 1, ${LISTED}) AS description, substr(answer, 1, ${LISTED}) AS answer
     FROM tasks ORDER BY rowid DESC LIMIT ?`,
    [limit],
  ).map(taskOf);
}

/** See `TaskBook.openTasks`. */
export function openTasks(database: Database, limit: number): Task[] {
  return database.all(`SELECT * FROM tasks WHERE ${OPEN} ORDER BY rowid LIMIT ?`, [limit])
    .map(taskOf);
}

/** See `TaskBook.countTasks`. */
export function countTasks(database: Database, endedSinceMs: number): TaskCounts {
  const rows = database.all(
    `SELECT state, count(*) AS count FROM tasks WHERE ended_at_ms >= ? OR ${OPEN} GROUP BY state`,
    [endedSinceMs],
  );
  const of = (state: TaskState) =>
    Number(rows.find((row) => row["state"] === state)?.["count"] ?? 0);
  return {
    queued: of("queued"),
    running: of("running"),
    complete: of("complete"),
    failed: of("failed"),
    cancelled: of("cancelled"),
  };
}

/** See `TaskBook.beginTask`. */
export function beginTask(database: Database, id: string, nowMs: number): boolean {
  database.run(
    `UPDATE tasks SET state = 'running', starts = starts + 1,
       started_at_ms = coalesce(started_at_ms, ?) WHERE id = ? AND ${OPEN}`,
    [nowMs, id],
  );
  return database.changes === 1;
}

/** See `TaskBook.parkTask`. */
export function parkTask(database: Database, id: string): void {
  database.run(
    "UPDATE tasks SET state = 'queued', starts = starts - 1 WHERE id = ? AND state = 'running'",
    [id],
  );
}

/** See `TaskBook.bindTask`. */
export function bindTask(database: Database, id: string, sessionId: string): void {
  database.run("UPDATE tasks SET session_id = ? WHERE id = ?", [sessionId, id]);
}

/** See `TaskBook.readRounds`. */
export function readRounds(database: Database, id: string): TaskRound[] {
  return database.all("SELECT * FROM task_rounds WHERE task_id = ? ORDER BY round", [id])
    .map((row) => ({
      round: Number(row["round"]),
      answer: String(row["answer"]),
      score: Number(row["score"]),
      findings: JSON.parse(String(row["findings"])),
      messages: Number(row["messages"]),
    }));
}

/** See `TaskBook.addRound`. */
export function addRound(
  database: Database,
  id: string,
  round: TaskRound | null,
  { sessionId, calls, nowMs }: Parameters<TaskBook["addRound"]>[2] & { readonly nowMs: number },
): void {
  for (const call of calls) {
    addUsage(database, { sessionId, purpose: "judgement", ...call, nowMs });
  }
  if (round === null) return;
  // Of a task whose session was deleted in between nothing is left to judge.
  database.run(
    `INSERT INTO task_rounds (task_id, round, answer, score, findings, messages)
     SELECT id, ?, ?, ?, ?, ? FROM tasks WHERE id = ?`,
    [round.round, round.answer, round.score, JSON.stringify(round.findings), round.messages, id],
  );
}

/** Ends it; false where it had ended. */
export function endTask(database: Database, id: string, end: TaskEnd, nowMs: number): boolean {
  database.run(
    `UPDATE tasks SET state = ?, ended_at_ms = ?, answer = ?, final_score = ?, decision = ?,
       error = ?, iterations = ?, model_calls = ?, tokens = ?, usd = ? WHERE id = ? AND ${OPEN}`,
    [
      end.state,
      nowMs,
      end.answer,
      end.finalScore,
      end.decision,
      end.error,
      end.iterations,
      end.modelCalls,
      end.tokens,
      end.usd,
      id,
    ],
  );
  if (database.changes !== 1) return false;
  database.run("DELETE FROM task_rounds WHERE task_id = ?", [id]);
  return true;
}

/** Removes the tasks of a session, and what is still to be told of them. */
export function forgetTasks(database: Database, sessionId: string): void {
  database.run(
    `DELETE FROM webhook_deliveries WHERE task_id IN (SELECT id FROM tasks WHERE session_id = ?)`,
    [sessionId],
  );
  database.run("DELETE FROM tasks WHERE session_id = ?", [sessionId]);
}

function taskOf(row: SqlRow): Task {
  const number = (name: string) => row[name] === null ? null : Number(row[name]);
  const text = (name: string) => row[name] === null ? null : String(row[name]);
  return {
    id: String(row["id"]),
    description: String(row["description"]),
    category: text("category"),
    maxIterations: number("max_iterations"),
    qualityThreshold: number("quality_threshold"),
    state: row["state"] as TaskState,
    sessionId: text("session_id"),
    starts: Number(row["starts"]),
    createdAtMs: Number(row["created_at_ms"]),
    startedAtMs: number("started_at_ms"),
    endedAtMs: number("ended_at_ms"),
    answer: text("answer"),
    finalScore: number("final_score"),
    decision: row["decision"] as RoundDecision | null,
    error: text("error"),
    iterations: Number(row["iterations"]),
    modelCalls: Number(row["model_calls"]),
    tokens: Number(row["tokens"]),
    usd: number("usd"),
  };
}
