/**
 * The audit log: rows in a hash chain, `hash` = SHA-256(previous hash ‖ canonical row), whose end
 * is also kept in `audit.head`.
 *
 * {@linkcode AuditLog.verify} finds a changed, removed, inserted or reordered row, rows cut off at
 * the end, and an older database put back. It cannot find an old database put back together with
 * the old head of the same moment: that takes a witness elsewhere. And whoever has the key can
 * write any history: the chain proves order and completeness against others, not against them.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AuditEntry, AuditKind, AuditRow, AuditVerdict } from "../../model/audit.ts";
import { type AuditHead, AuditHeadFile, type ChainEnd, GENESIS } from "./audit_head.ts";
import { canonicalJson, type FlatRecord } from "./canonical_json.ts";
import type { Database, SqlRow } from "./sqlite/database.ts";

/** Longest value, in UTF-16 code units. Callers keep secrets out; this keeps documents out. */
const VALUE_LIMIT = 500;

/** Rows checked in one piece, so that checking a long log does not keep others waiting. */
const VERIFY_ROWS = 1_000;

/** The chain of one open database. Every method runs while the caller holds the store's lock. */
export class AuditLog {
  readonly #database: Database;
  readonly #file: AuditHeadFile;

  constructor(database: Database, file: AuditHeadFile) {
    this.#database = database;
    this.#file = file;
  }

  /**
   * Adds rows inside the caller's transaction and announces the new end in the head file. When
   * file and chain disagree beforehand, an alarm stays in the file for good.
   *
   * @returns To be called after the commit: makes the new end the only one.
   */
  append(entries: readonly AuditEntry[], nowMs: number): () => void {
    const current = this.#end();
    const alarm = this.#alarm(current);
    let { count, head } = current;
    for (const entry of entries) {
      const row = { ...tidy(entry), seq: ++count, atMs: nowMs, prevHash: head };
      head = rowHash(row);
      const { seq, atMs, kind, sessionId, subject, prevHash } = row;
      this.#database.run(
        `INSERT INTO audit (seq, at_ms, kind, session_id, subject, detail, prev_hash, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [seq, atMs, kind, sessionId, subject, canonicalJson(row.detail), prevHash, head],
      );
    }
    const next: ChainEnd = { count, head };
    this.#file.write({ created: true, ...current, next, alarm }, true);
    return () => this.#file.write({ created: true, ...next, next: null, alarm }, false);
  }

  /**
   * Ends what a crash left between commit and head: of two accepted ends only the real one stays,
   * so that the last transaction cannot be taken back unseen later.
   */
  settle(): void {
    const state = this.#file.read();
    if (state.type !== "sealed" || state.head.next === null) return;
    const end = this.#end();
    if (matches(end, state.head)) {
      this.#file.write({ ...state.head, ...end, next: null }, true);
    }
  }

  /** The newest rows, oldest first; those of a session with those of the ones below it. */
  list(limit: number, sessionId: string | undefined): AuditRow[] {
    const rows = sessionId === undefined
      ? this.#database.all("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", [limit])
      : this.#database.all(
        `WITH RECURSIVE tree (id) AS (
           VALUES (?) UNION SELECT s.id FROM sessions s JOIN tree ON s.parent_id = tree.id
         ) SELECT * FROM audit WHERE session_id IN tree ORDER BY seq DESC LIMIT ?`,
        [sessionId, limit],
      );
    return rows.reverse().map(readRow);
  }

  /**
   * Checks the next piece of the chain.
   *
   * @param after A row known to be good: {@linkcode GENESIS} at 0 to begin with.
   * @returns The last good row to go on with, or the verdict.
   */
  verify(after: ChainEnd): ChainEnd | AuditVerdict {
    const rows = this.#database.all(
      "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
      [after.count, VERIFY_ROWS],
    );
    let { count, head } = after;
    for (const stored of rows) {
      const fault = rowFault(stored, count + 1, head);
      if (fault) return { ok: false, atSeq: count + 1, reason: fault };
      count += 1;
      head = String(stored["hash"]);
    }
    return rows.length === VERIFY_ROWS ? { count, head } : this.#verifyEnd({ count, head });
  }

  #verifyEnd(end: ChainEnd): AuditVerdict {
    const bad = (atSeq: number | null, reason: string) => ({ ok: false, atSeq, reason } as const);
    const { count, head } = end;
    const state = this.#file.read();
    if (state.type === "missing") return bad(null, "audit.head is missing");
    if (state.type === "forged") return bad(null, "audit.head was not written by this ward");
    const { alarm } = state.head;
    if (alarm !== null) return bad(null, alarm);
    if (!matches(end, state.head)) return bad(null, mismatch(end, state.head));
    return { ok: true, count, head };
  }

  #end(): ChainEnd {
    const row = this.#database.get("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    return row
      ? { count: Number(row["seq"]), head: String(row["hash"]) }
      : { count: 0, head: GENESIS };
  }

  #alarm(end: ChainEnd): string | null {
    const state = this.#file.read();
    const before = `when row ${end.count + 1} was added`;
    if (state.type === "missing") return `audit.head was missing ${before}`;
    if (state.type === "forged") return `audit.head was not written by this ward ${before}`;
    if (state.head.alarm !== null) return state.head.alarm;
    return matches(end, state.head) ? null : `${mismatch(end, state.head)} ${before}`;
  }
}

function matches(end: ChainEnd, file: AuditHead): boolean {
  const same = (other: ChainEnd) => other.count === end.count && other.head === end.head;
  return same(file) || (file.next !== null && same(file.next));
}

function mismatch(end: ChainEnd, file: AuditHead): string {
  const gap = file.count - end.count;
  if (gap > 0) return `the last ${gap} rows are gone, or an old database was put back`;
  if (gap < 0) return "audit.head is older than the database";
  return "the chain was written anew";
}

function rowFault(stored: SqlRow, seq: number, prevHash: string): string | null {
  if (stored["seq"] !== seq) return `row ${seq} is missing`;
  if (stored["prev_hash"] !== prevHash) return `row ${seq} does not follow row ${seq - 1}`;
  let row: AuditRow;
  try {
    row = readRow(stored);
  } catch {
    return `row ${seq} was changed`;
  }
  const genuine = stored["detail"] === canonicalJson(row.detail) &&
    stored["hash"] === rowHash(row);
  return genuine ? null : `row ${seq} was changed`;
}

/** SHA-256 over the previous hash and the row's canonical form, in hex. */
function rowHash(row: Omit<AuditRow, "hash">): string {
  const { seq, atMs, kind, sessionId, subject, detail, prevHash } = row;
  const text = canonicalJson({
    seq,
    atMs,
    kind,
    sessionId,
    subject,
    detail: canonicalJson(detail),
  });
  return bytesToHex(sha256(utf8ToBytes(prevHash + text)));
}

/** The entry as it will be read back: values cut, half surrogate pairs replaced. */
function tidy(entry: AuditEntry): AuditEntry {
  const cut = (text: string) => text.slice(0, VALUE_LIMIT).toWellFormed();
  const detail = Object.entries(entry.detail).map(([key, value]) =>
    [cut(key), typeof value === "string" ? cut(value) : value ?? null] as const
  );
  return {
    kind: entry.kind,
    sessionId: entry.sessionId === null ? null : cut(entry.sessionId),
    subject: cut(entry.subject),
    detail: JSON.parse(JSON.stringify(Object.fromEntries(detail))) as FlatRecord,
  };
}

function readRow(row: SqlRow): AuditRow {
  return {
    seq: Number(row["seq"]),
    atMs: Number(row["at_ms"]),
    kind: row["kind"] as AuditKind,
    sessionId: row["session_id"] === null ? null : String(row["session_id"]),
    subject: String(row["subject"]),
    detail: JSON.parse(String(row["detail"])) as FlatRecord,
    prevHash: String(row["prev_hash"]),
    hash: String(row["hash"]),
  };
}
