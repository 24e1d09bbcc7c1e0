/** Rows of messages that came in. Every function runs in the caller's transaction. */
import { AppError } from "../../../../base/app_error.ts";
import type { InboundRow, Lane } from "../../../../model/channels/mail.ts";
import { type InboundMessage, placeKey } from "../../../../model/channels/message.ts";
import type { InboundEnd, Mailbox } from "../../../../kernel/mail_ports.ts";
import type { Database, SqlRow } from "../../sqlite/database.ts";
import { appendUser, endTurn } from "../sessions.ts";
import { openChat } from "./chats.ts";
import { addOutbound, changeOutbound } from "./outbound.ts";

/** Given by whoever has the clock. */
export interface Made {
  readonly id: string;
  readonly nowMs: number;
}

/** See `Mailbox.acceptInbound`. */
export function acceptInbound(
  db: Database,
  { channel, cursor, message, lane, limit, full }: Parameters<Mailbox["acceptInbound"]>[0],
  { id, nowMs }: Made,
): "taken" | "last" | "known" | "full" | "none" {
  if (cursor !== null) {
    db.run(
      `INSERT INTO mail_cursors (channel, cursor) VALUES (?, ?)
       ON CONFLICT (channel) DO UPDATE SET cursor = excluded.cursor`,
      [channel, cursor],
    );
  }
  if (message === null || lane === null) return "none";
  const { eventId, place } = message;
  const known = db.get("SELECT id FROM mail_in WHERE channel = ? AND event_id = ?", [
    channel,
    eventId,
  ]);
  if (known) return "known";
  const key = placeKey(place);
  const waiting = Number(
    db.get("SELECT count(*) AS n FROM mail_in WHERE state <> 'done' AND lane = ? AND place = ?", [
      lane,
      key,
    ])?.["n"],
  );
  if (waiting > limit) return "full";
  const isLast = waiting === limit;
  db.run(
    `INSERT INTO mail_in (key, channel, event_id, place, lane, body, state, at_ms, done_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, NULL)`,
    [id, channel, eventId, key, lane, JSON.stringify(message), nowMs],
  );
  if (!isLast) return "taken";
  // Told once, with the last one that is taken.
  if (full) {
    const replyTo = message.messageId;
    addOutbound(db, { kind: "plain", place, part: full, replyTo, inboundId: null }, { id, nowMs });
  }
  return "last";
}

/** See `Mailbox.readCursor`. */
export function readCursor(db: Database, channel: string): string | null {
  const row = db.get("SELECT cursor FROM mail_cursors WHERE channel = ?", [channel]);
  return row ? String(row["cursor"]) : null;
}

/** See `Mailbox.nextInbound`. */
export function nextInbound(
  db: Database,
  { lane, busy, limit }: Parameters<Mailbox["nextInbound"]>[0],
): InboundRow[] {
  return db.all(
    `SELECT * FROM mail_in WHERE id IN (
       SELECT min(id) FROM mail_in WHERE state <> 'done' AND lane = ?
       AND place NOT IN (SELECT value FROM json_each(?)) GROUP BY place
     ) ORDER BY id LIMIT ?`,
    [lane, JSON.stringify(busy), limit],
  ).map(readInbound);
}

/** See `Mailbox.waitingInbound`. */
export function waitingInbound(
  db: Database,
  { place, limit }: Parameters<Mailbox["waitingInbound"]>[0],
): InboundRow[] {
  return db.all(
    "SELECT * FROM mail_in WHERE state <> 'done' AND lane = 'turn' AND place = ? ORDER BY id LIMIT ?",
    [place, limit],
  ).map(readInbound);
}

function readInbound(row: SqlRow): InboundRow {
  return {
    id: Number(row["id"]),
    key: String(row["key"]),
    message: JSON.parse(String(row["body"])) as InboundMessage,
    lane: row["lane"] as Lane,
    sessionId: row["session_id"] === null ? null : String(row["session_id"]),
    attempts: Number(row["attempts"]),
  };
}

/** See `Mailbox.takeUpInbound`. */
export function takeUpInbound(
  db: Database,
  { id, ...chat }: Parameters<Mailbox["takeUpInbound"]>[0],
  made: Made,
): { attempts: number; sessionId: string } {
  const row = db.get(
    `UPDATE mail_in SET attempts = attempts + 1 WHERE id = ? AND state <> 'done'
     RETURNING attempts, session_id`,
    [id],
  );
  if (!row) throw noMessage(id);
  const begunIn = row["session_id"];
  const sessionId = begunIn === null ? openChat(db, chat, made) : String(begunIn);
  return { attempts: Number(row["attempts"]), sessionId };
}

/** See `Mailbox.beginInbound`. */
export function beginInbound(
  db: Database,
  { id, sessionId, message }: Parameters<Mailbox["beginInbound"]>[0],
  nowMs: number,
): void {
  db.run(
    "UPDATE mail_in SET state = 'running', session_id = ? WHERE id = ? AND state = 'pending'",
    [sessionId, id],
  );
  if (db.changes !== 1) throw noMessage(id);
  appendUser(db, sessionId, message, nowMs);
}

/** See `Mailbox.finishInbound`. */
export function finishInbound(
  db: Database,
  { id, turn, liveId, replies }: InboundEnd,
  { id: newKey, nowMs }: Made,
): void {
  const row = db.get("SELECT * FROM mail_in WHERE id = ? AND state <> 'done'", [id]);
  if (!row) throw noMessage(id);
  const { place, messageId } = readInbound(row).message;
  // The words are with the session from here on; the row keeps a second delivery out.
  db.run(
    "UPDATE mail_in SET state = 'done', body = '', done_at_ms = ? WHERE id = ?",
    [nowMs, id],
  );
  if (turn) endTurn(db, turn.sessionId, turn, nowMs);
  const [first] = replies;
  if (liveId !== null && first) changeOutbound(db, { id: liveId, kind: "plain", part: first });
  for (const part of liveId === null ? replies : replies.slice(1)) {
    addOutbound(
      db,
      { kind: "plain", place, part, replyTo: messageId, inboundId: id },
      { id: newKey, nowMs },
    );
  }
}

/** See `Mailbox.parkInbound`. */
export function parkInbound(
  db: Database,
  { id, liveId, part }: Parameters<Mailbox["parkInbound"]>[0],
  made: Made,
): void {
  const row = db.get(
    "UPDATE mail_in SET attempts = 0 WHERE id = ? AND state <> 'done' RETURNING *",
    [id],
  );
  if (!row) throw noMessage(id);
  if (liveId !== null) return changeOutbound(db, { id: liveId, kind: "live", part });
  const { place, messageId } = readInbound(row).message;
  addOutbound(db, { kind: "live", place, part, replyTo: messageId, inboundId: id }, made);
}

function noMessage(id: number): AppError {
  return new AppError("store.no_message", `Cannot change message ${id}: it is done, or gone`);
}
