/** Looking through sessions and deleting them. Every function runs in the caller's transaction. */
import type { Message } from "../../../model/conversation/message.ts";
import type { Session, StoredMessage, TurnOutcome } from "../../../model/conversation/session.ts";
import type { Database } from "../sqlite/database.ts";
import { forgetMail } from "./mail/chats.ts";
import { forgetIndexed } from "./search.ts";
import { forgetTasks } from "../tasks/task_rows.ts";
import { readSession, SESSION_COLUMNS } from "./sessions.ts";

const NEWEST_FIRST = "ORDER BY updated_at_ms DESC, rowid DESC LIMIT ?";

/** Most characters of one page, so that a page stays a small message between threads. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** See `SessionArchive.listSessions`. */
export function listSessions(
  database: Database,
  { workspace, limit }: { workspace?: string | undefined; limit: number },
): Session[] {
  const rows = workspace === undefined
    ? database.all(
      `SELECT ${SESSION_COLUMNS} FROM sessions WHERE parent_id IS NULL ${NEWEST_FIRST}`,
      [limit],
    )
    : database.all(
      `SELECT ${SESSION_COLUMNS} FROM sessions
       WHERE parent_id IS NULL AND workspace = ? ${NEWEST_FIRST}`,
      [workspace, limit],
    );
  return rows.map(readSession);
}

/** See `SessionArchive.findSessions`. */
export function findSessions(
  database: Database,
  { prefix, limit }: { prefix: string; limit: number },
): Session[] {
  return database.all(
    `SELECT ${SESSION_COLUMNS} FROM sessions WHERE substr(id, 1, ?) = ? ${NEWEST_FIRST}`,
    [[...prefix].length, prefix, limit],
  ).map(readSession);
}

/** See `SessionArchive.recentOutcomes`. */
export function recentOutcomes(database: Database, limit: number): TurnOutcome[] {
  return database.all(
    `SELECT outcome FROM turns JOIN sessions ON sessions.id = turns.session_id
     WHERE outcome IS NOT NULL AND parent_id IS NULL ORDER BY turns.id DESC LIMIT ?`,
    [limit],
  ).map((row) => row["outcome"] as TurnOutcome).reverse();
}

/** See `SessionArchive.sessionsBefore`. */
export function sessionsBefore(database: Database, atMs: number): string[] {
  return database.all("SELECT id FROM sessions WHERE updated_at_ms < ? ORDER BY id", [atMs])
    .map((row) => String(row["id"]));
}

/** See `SessionArchive.readMessages`. */
export function readMessages(
  database: Database,
  { sessionId, from, limit }: {
    sessionId: string;
    from: { readonly afterId: number } | "newest";
    limit: number;
  },
): StoredMessage[] {
  const select = "SELECT id, role, body, at_ms FROM messages WHERE session_id = ?";
  const rows = from === "newest"
    ? database.rows(`${select} ORDER BY id DESC LIMIT ?`, [sessionId, limit])
    : database.rows(`${select} AND id > ? ORDER BY id LIMIT ?`, [sessionId, from.afterId, limit]);
  const found: StoredMessage[] = [];
  let characters = 0;
  for (const { id, role, body, at_ms } of rows) {
    characters += String(body).length;
    if (characters > PAGE_CHARACTERS && found.length > 0) break;
    // Whose words they are is for those who go on with the session.
    const { own: _, ...parts } = JSON.parse(String(body)) as Record<string, unknown>;
    const message = { role, ...parts } as Message;
    found.push({ id: Number(id), atMs: Number(at_ms), message });
  }
  return from === "newest" ? found.reverse() : found;
}

/**
 * Removes a session with its messages, calls, turns, summaries and grants, and their index, and
 * those of its sub-agents.
 */
export function deleteSession(database: Database, id: string): boolean {
  const below = database.all("SELECT id FROM sessions WHERE parent_id = ?", [id]);
  for (const child of below) deleteSession(database, String(child["id"]));
  forgetIndexed(database, id);
  forgetMail(database, id);
  forgetTasks(database, id);
  database.run(
    'DELETE FROM grants WHERE scope LIKE \'{"type":"session"%\' AND ' +
      "json_extract(scope, '$.sessionId') = ?",
    [id],
  );
  database.run("DELETE FROM sessions WHERE id = ?", [id]);
  return database.changes === 1;
}
