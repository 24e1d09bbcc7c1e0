/** Rows of messages to send. Every function runs in the caller's transaction. */
import type { NewOutbound, OutboundRow } from "../../../../model/channels/mail.ts";
import { type OutboundPart, placeKey } from "../../../../model/channels/message.ts";
import type { ChatPlace } from "../../../../model/channels/message.ts";
import type { Mailbox } from "../../../../kernel/mail_ports.ts";
import type { Database, SqlRow } from "../../sqlite/database.ts";
import type { Made } from "./inbound.ts";

/** See `Mailbox.putOutbound`; its key is made of that of the message it is about and a number. */
export function addOutbound(
  db: Database,
  { kind, place, part, replyTo, inboundId }: NewOutbound,
  { id, nowMs }: Made,
): number {
  const about = inboundId === null
    ? null
    : db.get("SELECT key FROM mail_in WHERE id = ?", [inboundId]);
  const count = db.get("SELECT count(*) AS n FROM mail_out WHERE inbound_id = ?", [inboundId]);
  const key = about ? `${about["key"]}-${count?.["n"]}` : `${id}-n`;
  const row = db.get(
    `INSERT INTO mail_out
       (key, inbound_id, channel, place, place_body, kind, part, reply_to, state, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?) RETURNING id`,
    [
      key,
      inboundId,
      place.channel,
      placeKey(place),
      JSON.stringify(place),
      kind,
      JSON.stringify(part),
      replyTo,
      nowMs,
    ],
  );
  return Number(row?.["id"]);
}

/** See `Mailbox.changeOutbound`. */
export function changeOutbound(
  db: Database,
  { id, kind, part }: Parameters<Mailbox["changeOutbound"]>[0],
): void {
  db.run(
    `UPDATE mail_out SET kind = ?, part = ?, revision = revision + 1,
       state = CASE state WHEN 'sending' THEN 'sending' ELSE 'pending' END WHERE id = ?`,
    [kind, JSON.stringify(part), id],
  );
}

/** See `Mailbox.liveOutbound`. */
export function liveOutbound(db: Database, inboundId: number): number | null {
  const row = db.get(
    "SELECT id FROM mail_out WHERE inbound_id = ? AND kind = 'live' ORDER BY id DESC LIMIT 1",
    [inboundId],
  );
  return row ? Number(row["id"]) : null;
}

/** See `Mailbox.sentAs`. */
export function sentAs(
  db: Database,
  id: number,
): { messageId: string; revision: number } | null {
  const row = db.get(
    `SELECT message_id, revision FROM mail_out
     WHERE id = ? AND state = 'sent' AND message_id IS NOT NULL`,
    [id],
  );
  return row ? { messageId: String(row["message_id"]), revision: Number(row["revision"]) } : null;
}

/** See `Mailbox.takeOutbound`. */
export function takeOutbound(
  db: Database,
  { channel, busy, limit }: Parameters<Mailbox["takeOutbound"]>[0],
  nowMs: number,
): OutboundRow[] {
  const rows = db.all(
    `SELECT * FROM mail_out WHERE id IN (
       SELECT min(id) FROM mail_out WHERE channel = ? AND state IN ('pending', 'sending')
       AND place NOT IN (SELECT value FROM json_each(?)) GROUP BY place
     ) ORDER BY id LIMIT ?`,
    [channel, JSON.stringify(busy), limit],
  );
  for (const { id = null } of rows) {
    db.run(
      "UPDATE mail_out SET state = 'sending', since_ms = coalesce(since_ms, ?) WHERE id = ?",
      [nowMs, id],
    );
  }
  return rows.map((row) => readOutbound(row, nowMs));
}

function readOutbound(row: SqlRow, nowMs: number): OutboundRow {
  const text = (value: unknown) => value === null ? null : String(value);
  return {
    id: Number(row["id"]),
    key: String(row["key"]),
    kind: row["kind"] as OutboundRow["kind"],
    place: JSON.parse(String(row["place_body"])) as ChatPlace,
    part: JSON.parse(String(row["part"])) as OutboundPart,
    replyTo: text(row["reply_to"]),
    messageId: text(row["message_id"]),
    revision: Number(row["revision"]),
    isUnsure: row["state"] === "sending",
    isRepeat: row["is_repeat"] === 1,
    sinceMs: Number(row["since_ms"] ?? nowMs),
  };
}

/** See `Mailbox.markSent`. */
export function markSent(
  db: Database,
  { id, messageId, revision }: Parameters<Mailbox["markSent"]>[0],
  nowMs: number,
): void {
  db.run(
    `UPDATE mail_out SET message_id = ?, done_at_ms = ?,
       state = CASE WHEN revision = ? THEN 'sent' ELSE 'pending' END WHERE id = ?`,
    [messageId, nowMs, revision, id],
  );
}

/** See `Mailbox.putBack`. */
export function putBack(db: Database, { id, how }: Parameters<Mailbox["putBack"]>[0]): void {
  db.run(
    `UPDATE mail_out SET state = 'pending', is_repeat = ?,
       message_id = CASE ? WHEN 'anew' THEN NULL ELSE message_id END WHERE id = ?`,
    [how === "repeat" ? 1 : 0, how, id],
  );
}

/** See `Mailbox.giveUpOutbound`. */
export function giveUpOutbound(
  db: Database,
  { id, why }: Parameters<Mailbox["giveUpOutbound"]>[0],
  nowMs: number,
): void {
  db.run(
    `UPDATE mail_out SET state = 'given_up', why = ?, done_at_ms = ?,
       kind = CASE kind WHEN 'question' THEN 'plain' ELSE kind END WHERE id = ?`,
    [why, nowMs, id],
  );
}

/** See `Mailbox.openQuestions`. */
export function openQuestions(db: Database, nowMs: number): OutboundRow[] {
  return db.all("SELECT * FROM mail_out WHERE kind = 'question' ORDER BY id")
    .map((row) => readOutbound(row, nowMs));
}
