/** Rows of what webhooks are told. Every function runs in the caller's transaction. */
import type { DeliveryBook, DeliveryCount } from "../../../kernel/task_ports.ts";
import type { DeliveryEnd, NewDelivery, WebhookEvent } from "../../../model/services/webhook.ts";
import type { Database } from "../sqlite/database.ts";

/** Deliveries that were made or given up and are kept, for `ward status`. */
const KEPT = 200;

/** Adds them, due at once. @param ids One for each. */
export function addDeliveries(
  database: Database,
  deliveries: readonly NewDelivery[],
  { ids, maxPending, nowMs }: { ids: readonly string[]; maxPending: number; nowMs: number },
): void {
  for (const [at, { hook, event, taskId, body }] of deliveries.entries()) {
    database.run(
      `INSERT INTO webhook_deliveries (id, hook, event, task_id, body, state, next_at_ms, created_at_ms)
       VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)`,
      [ids[at] ?? "", hook, event, taskId, body, nowMs, nowMs],
    );
  }
  database.run(
    `UPDATE webhook_deliveries SET state = 'given_up', body = '', problem = 'too many wait'
     WHERE state = 'pending' AND rowid <= (
       SELECT rowid FROM webhook_deliveries WHERE state = 'pending'
       ORDER BY rowid DESC LIMIT 1 OFFSET ?)`,
    [maxPending],
  );
}

/** See `DeliveryBook.nextDelivery`. */
export function nextDelivery(
  database: Database,
  { hook, nowMs }: { readonly hook: string; readonly nowMs: number },
): Awaited<ReturnType<DeliveryBook["nextDelivery"]>> {
  const row = database.get(
    `SELECT * FROM webhook_deliveries WHERE state = 'pending' AND hook = ?
     ORDER BY next_at_ms, rowid LIMIT 1`,
    [hook],
  );
  if (!row) return { due: null, nextAtMs: null };
  const nextAtMs = Number(row["next_at_ms"]);
  if (nextAtMs > nowMs) return { due: null, nextAtMs };
  const due = {
    id: String(row["id"]),
    hook,
    event: row["event"] as WebhookEvent,
    taskId: row["task_id"] === null ? null : String(row["task_id"]),
    body: String(row["body"]),
    attempts: Number(row["attempts"]),
  };
  return { due, nextAtMs };
}

/** See `DeliveryBook.keepHooks`. */
export function keepHooks(database: Database, hooks: readonly string[]): void {
  database.run(
    `UPDATE webhook_deliveries SET state = 'given_up', body = '', problem = 'no such webhook'
     WHERE state = 'pending' AND hook NOT IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(hooks)],
  );
}

/** See `DeliveryBook.endDelivery`. What is sent no more keeps no words of the task. */
export function endDelivery(database: Database, id: string, end: DeliveryEnd): void {
  if (end.type === "again") {
    database.run(
      `UPDATE webhook_deliveries SET attempts = attempts + 1, next_at_ms = ?, problem = ?
       WHERE id = ? AND state = 'pending'`,
      [end.atMs, end.problem, id],
    );
    return;
  }
  database.run(
    `UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1, body = '', problem = ?
     WHERE id = ? AND state = 'pending'`,
    [end.type, end.type === "given_up" ? end.problem : null, id],
  );
  database.run(
    `DELETE FROM webhook_deliveries WHERE state <> 'pending' AND rowid <= (
       SELECT rowid FROM webhook_deliveries WHERE state <> 'pending'
       ORDER BY rowid DESC LIMIT 1 OFFSET ${KEPT})`,
  );
}

/** See `DeliveryBook.deliveryCounts`. */
export function deliveryCounts(database: Database): DeliveryCount[] {
  const rows = database.all(
    `SELECT hook, count(*) FILTER (WHERE state = 'pending') AS pending,
       count(*) FILTER (WHERE state = 'delivered') AS delivered,
       count(*) FILTER (WHERE state = 'given_up') AS given_up,
       (SELECT problem FROM webhook_deliveries AS last
        WHERE last.hook = one.hook AND attempts > 0 ORDER BY rowid DESC LIMIT 1) AS problem
     FROM webhook_deliveries AS one GROUP BY hook ORDER BY hook`,
  );
  return rows.map((row) => ({
    hook: String(row["hook"]),
    pending: Number(row["pending"]),
    delivered: Number(row["delivered"]),
    givenUp: Number(row["given_up"]),
    problem: row["problem"] === null ? null : String(row["problem"]),
  }));
}
