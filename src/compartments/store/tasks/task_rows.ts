/** Rows of tasks. Every function runs in the caller's transaction. */
import type { TaskBook, TaskCounts } from "../../../kernel/task_ports.ts";
import type { Task, TaskEnd, TaskRequest, TaskState } from "../../../model/services/task.ts";
import type { Database, SqlRow } from "../sqlite/database.ts";

/** Ended tasks that are kept. */
const KEPT = 5_000;

/** Characters of a text in a list. */
const LISTED = 2_000;

const OPEN = "state IN ('queued', 'running')";

/** See `TaskBook.addTask`. */
export function addTask(
  database: Database,
  { description, maxIterations, idempotencyKey }: TaskRequest,
  { maxOpen, id, nowMs }: { maxOpen: number; id: string; nowMs: number },
): Awaited<ReturnType<TaskBook["addTask"]>> {
  const same = idempotencyKey === null
    ? undefined
    : database.get("SELECT * FROM tasks WHERE idempotency_key = ?", [idempotencyKey]);
  if (same) return { task: taskOf(same), isNew: false };
  const open = database.get(`SELECT count(*) AS count FROM tasks WHERE ${OPEN}`);
  if (Number(open?.["count"]) >= maxOpen) return null;
  database.run(
    `INSERT INTO tasks (id, description, max_iterations, idempotency_key, state, created_at_ms)
     VALUES (?, ?, ?, ?, 'queued', ?)`,
    [id, description, maxIterations, idempotencyKey, nowMs],
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

/** Ends it; false where it had ended. */
export function endTask(database: Database, id: string, end: TaskEnd, nowMs: number): boolean {
  database.run(
    `UPDATE tasks SET state = ?, ended_at_ms = ?, answer = ?, error = ?, iterations = ?,
       tokens = ?, usd = ? WHERE id = ? AND ${OPEN}`,
    [end.state, nowMs, end.answer, end.error, end.iterations, end.tokens, end.usd, id],
  );
  return database.changes === 1;
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
    maxIterations: number("max_iterations"),
    state: row["state"] as TaskState,
    sessionId: text("session_id"),
    starts: Number(row["starts"]),
    createdAtMs: Number(row["created_at_ms"]),
    startedAtMs: number("started_at_ms"),
    endedAtMs: number("ended_at_ms"),
    answer: text("answer"),
    error: text("error"),
    iterations: Number(row["iterations"]),
    tokens: Number(row["tokens"]),
    usd: number("usd"),
  };
}
