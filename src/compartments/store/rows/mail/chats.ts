/** Rows of chats, and what becomes of all mail in the end. Every function runs in the caller's transaction. */
import type { MailCounts } from "../../../../model/channels/mail.ts";
import type { Mailbox } from "../../../../kernel/mail_ports.ts";
import { type ChatPlace, placeKey } from "../../../../model/channels/message.ts";
import type { Database, SqlRow } from "../../sqlite/database.ts";
import { createSession } from "../sessions.ts";
import type { Made } from "./inbound.ts";

/** The session of a conversation; one that is gone, or of another folder, is not gone on with. */
export function openChat(
  db: Database,
  { key, place, workspace }: Omit<Parameters<Mailbox["takeUpInbound"]>[0], "id">,
  { id, nowMs }: Made,
): string {
  const row = db.get(
    `SELECT sessions.id FROM mail_chats JOIN sessions ON sessions.id = session_id
     WHERE key = ? AND workspace = ?`,
    [key, workspace],
  );
  if (row) return String(row["id"]);
  createSession(db, { id, workspace, title: "", nowMs });
  db.run(
    `INSERT INTO mail_chats (key, place, session_id, at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET session_id = excluded.session_id, at_ms = excluded.at_ms`,
    [key, JSON.stringify(place), id, nowMs],
  );
  return id;
}

/** See `Mailbox.findChat`. */
export function findChat(db: Database, key: string): string | null {
  const row = db.get("SELECT session_id FROM mail_chats WHERE key = ?", [key]);
  return row ? String(row["session_id"]) : null;
}

/** See `Mailbox.chosenModel`. */
export function chosenModel(db: Database, key: string): string | null {
  const row = db.get("SELECT model FROM mail_models WHERE key = ?", [key]);
  return row ? String(row["model"]) : null;
}

/** See `Mailbox.chooseModel`. */
export function chooseModel(
  db: Database,
  { key, model }: Parameters<Mailbox["chooseModel"]>[0],
): void {
  if (model === null) return db.run("DELETE FROM mail_models WHERE key = ?", [key]);
  db.run("INSERT OR REPLACE INTO mail_models (key, model) VALUES (?, ?)", [key, model]);
}

/** See `Mailbox.leaveChat`. */
export function leaveChat(db: Database, key: string): void {
  db.run("DELETE FROM mail_chats WHERE key = ?", [key]);
}

/** See `Mailbox.moveChat`. What goes out there is for the service to lead on. */
export function moveChat(
  db: Database,
  move: Parameters<Mailbox["moveChat"]>[0],
): void {
  const { channel, from, to } = move;
  const moved = ({ place }: SqlRow): ChatPlace => ({ ...JSON.parse(String(place)), chat: to });
  const there = `json_extract(place, '$.channel') = ? AND json_extract(place, '$.chat') = ?`;
  for (const row of db.all(`SELECT key, place FROM mail_chats WHERE ${there}`, [channel, from])) {
    const key = movedKey(String(row["key"]), move);
    if (key === null) continue;
    db.run("UPDATE OR IGNORE mail_chats SET key = ?, place = ? WHERE key = ?", [
      key,
      JSON.stringify(moved(row)),
      String(row["key"]),
    ]);
  }
  for (const { key } of db.all("SELECT key FROM mail_models")) {
    const next = movedKey(String(key), move);
    if (next === null) continue;
    db.run("UPDATE OR IGNORE mail_models SET key = ? WHERE key = ?", [next, String(key)]);
  }
  const waiting = `SELECT id, json_extract(body, '$.place') AS place FROM mail_in
    WHERE channel = ? AND state <> 'done' AND json_extract(body, '$.place.chat') = ?`;
  for (const row of db.all(waiting, [channel, from])) {
    const place = moved(row);
    db.run("UPDATE mail_in SET place = ?, body = json_set(body, '$.place', json(?)) WHERE id = ?", [
      placeKey(place),
      JSON.stringify(place),
      Number(row["id"]),
    ]);
  }
}

/** The key of a conversation in the chat's new place; null: it is of another chat. */
function movedKey(
  key: string,
  { channel, from, to }: Parameters<Mailbox["moveChat"]>[0],
): string | null {
  // Before the place may stand a role.
  const at = key.indexOf("[");
  const [itsChannel, chat, ...thread] = JSON.parse(key.slice(at)) as string[];
  if (itsChannel !== channel || chat !== from) return null;
  return key.slice(0, at) + JSON.stringify([channel, to, ...thread]);
}

/** Takes out what was said in a session that is deleted; that it came in stays known. */
export function forgetMail(db: Database, sessionId: string): void {
  db.run(
    "DELETE FROM mail_out WHERE inbound_id IN (SELECT id FROM mail_in WHERE session_id = ?)",
    [sessionId],
  );
  db.run(
    `UPDATE mail_in SET state = 'done', body = '', done_at_ms = coalesce(done_at_ms, at_ms)
     WHERE session_id = ?`,
    [sessionId],
  );
  db.run("DELETE FROM mail_chats WHERE session_id = ?", [sessionId]);
}

/** See `Mailbox.countMail`. */
export function countMail(db: Database): MailCounts {
  const count = (sql: string) => Number(db.get(sql)?.["n"]);
  return {
    inbound: count("SELECT count(*) AS n FROM mail_in WHERE state <> 'done'"),
    outbound: count(
      "SELECT count(*) AS n FROM mail_out WHERE state IN ('pending', 'sending')",
    ),
  };
}

/** See `Mailbox.sweepMail`. */
export function sweepMail(
  db: Database,
  { doneMs, unsentMs }: Parameters<Mailbox["sweepMail"]>[0],
  nowMs: number,
): void {
  db.run(
    `UPDATE mail_out SET state = 'given_up', why = 'too old', done_at_ms = ?
     WHERE state IN ('pending', 'sending') AND at_ms < ?`,
    [nowMs, unsentMs],
  );
  db.run("DELETE FROM mail_out WHERE state IN ('sent', 'given_up') AND done_at_ms < ?", [doneMs]);
  db.run("DELETE FROM mail_in WHERE state = 'done' AND done_at_ms < ?", [doneMs]);
}
