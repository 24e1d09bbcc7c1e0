/**
 * Full-text search over messages with FTS5. The index is brought up to date when somebody searches,
 * a piece at a time: no step of a turn pays for it. Every function runs in the caller's transaction.
 */
import type { Message } from "../../../model/conversation/message.ts";
import type { SearchHit } from "../../../model/conversation/session.ts";
import type { Database, SqlRow } from "../sqlite/database.ts";

/** Messages taken into the index in one transaction, so that others need not wait long. */
const INDEX_ROWS = 500;
/** Words around a hit. */
const SNIPPET_WORDS = 16;
const SNIPPET_CHARACTERS = 120;

/** Scripts that put no spaces between words: the index would hold a whole line as one word. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u;

const INDEXED_TO = "(SELECT coalesce(max(id), 0) FROM message_index_docsize)";

/** Takes the next messages into the index; false when there are none left. */
export function indexMore(database: Database): boolean {
  if (!database.get(`SELECT 1 FROM messages WHERE id > ${INDEXED_TO} LIMIT 1`)) return false;
  database.run(
    `INSERT INTO message_index (rowid, text) SELECT id, text FROM message_text
     WHERE id > ${INDEXED_TO} ORDER BY id LIMIT ?`,
    [INDEX_ROWS],
  );
  return true;
}

/** Takes the messages of a session out of the index; they must still be there. */
export function forgetIndexed(database: Database, sessionId: string): void {
  database.run(
    `INSERT INTO message_index (message_index, rowid, text)
     SELECT 'delete', m.id, t.text FROM messages m JOIN message_text t ON t.id = m.id
     WHERE m.session_id = ? AND m.id IN (SELECT id FROM message_index_docsize)`,
    [sessionId],
  );
}

/** See `SessionArchive.searchMessages`. */
export function searchMessages(
  database: Database,
  { query, limit }: { query: string; limit: number },
): SearchHit[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return words.some(({ text }) => UNSPACED.test(text) || !/[\p{L}\p{N}]/u.test(text))
    ? scan(database, words.map(({ text }) => text), limit)
    : database.all(
      `SELECT s.id, s.title, s.workspace, m.role, m.at_ms,
         snippet(message_index, 0, '', '', '…', ${SNIPPET_WORDS}) AS snippet
       FROM message_index JOIN messages m ON m.id = message_index.rowid
         JOIN sessions s ON s.id = m.session_id
       WHERE message_index MATCH ? ORDER BY message_index.rank, m.id DESC LIMIT ?`,
      [words.map(matchOf).join(" "), limit],
    ).map(readHit);
}

interface QueryWord {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Words by spaces; what stands in double quotes is one. */
function wordsOf(query: string): QueryWord[] {
  return [...query.normalize("NFC").matchAll(/"([^"]*)"|([^\s"]+)/g)]
    .map(([, quoted, plain]) => ({ text: quoted ?? plain ?? "", isQuoted: plain === undefined }))
    .filter(({ text }) => text.trim() !== "");
}

/** An FTS5 string, so that nothing in it acts as an operator; a plain word also finds longer ones. */
function matchOf({ text, isQuoted }: QueryWord): string {
  return `"${text}"${isQuoted ? "" : "*"}`;
}

function scan(database: Database, words: readonly string[], limit: number): SearchHit[] {
  const conditions = words.map(() => "instr(lower(t.text), lower(?)) > 0").join(" AND ");
  return database.all(
    `SELECT s.id, s.title, s.workspace, m.role, m.at_ms, t.text AS snippet
     FROM messages m JOIN message_text t ON t.id = m.id JOIN sessions s ON s.id = m.session_id
     WHERE ${conditions} ORDER BY m.id DESC LIMIT ?`,
    [...words, limit],
  ).map((row) => readHit({ ...row, snippet: around(String(row["snippet"]), words[0] ?? "") }));
}

/** The text around a word. */
function around(text: string, word: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(word.toLowerCase()));
  const from = Math.max(0, at - SNIPPET_CHARACTERS / 3);
  const to = Math.min(text.length, from + SNIPPET_CHARACTERS);
  return `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
}

function readHit(row: SqlRow): SearchHit {
  return {
    sessionId: String(row["id"]),
    title: String(row["title"]),
    workspace: String(row["workspace"]),
    role: row["role"] as Message["role"],
    atMs: Number(row["at_ms"]),
    snippet: String(row["snippet"]).replace(/\s+/g, " ").trim().toWellFormed(),
  };
}
