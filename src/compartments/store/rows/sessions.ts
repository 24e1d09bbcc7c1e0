/** Rows of sessions, their messages and tool calls. Every function runs in the caller's transaction. */
import { AppError } from "../../../base/app_error.ts";
import type { Message, UserMessage } from "../../../model/conversation/message.ts";
import { joinReads, type OutsideRead } from "../../../model/conversation/outside.ts";
import type {
  LoadedSession,
  Session,
  SessionSummary,
  StoredToolCall,
  ToolCallState,
  TurnOutcome,
} from "../../../model/conversation/session.ts";
import type { Store, StoredAnswer, TurnEnd } from "../../../kernel/store_ports.ts";
import type { Database, SqlRow } from "../sqlite/database.ts";
import { addUsage } from "./usage.ts";

/** Bounds of what {@linkcode loadSession} reads. */
const LOADED_MESSAGES = 2_000;
const LOADED_CHARACTERS = 32 * 1024 * 1024;

/** Sources that a session names; more of them say no more. */
const MAX_SOURCES = 100;

// Counted when asked: a number kept in the row would be one more page to write for each message.
export const SESSION_COLUMNS: string =
  `id, workspace, title, created_at_ms, updated_at_ms, parent_id,
  (SELECT count(*) FROM messages WHERE session_id = sessions.id) AS message_count`;

/** Adds an empty session. */
export function createSession(
  database: Database,
  params: {
    id: string;
    workspace: string;
    title: string;
    parentId?: string | undefined;
    nowMs: number;
  },
): Session {
  const { id, workspace, title, parentId = null, nowMs } = params;
  database.run(
    `INSERT INTO sessions (id, workspace, title, created_at_ms, updated_at_ms, parent_id, root_id)
     VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(root_id, id) FROM sessions WHERE id = ?))`,
    [id, workspace, title, nowMs, nowMs, parentId, parentId],
  );
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  return { id, workspace, title, ...times, messageCount: 0, parentId };
}

/** The session of the user that was used last, of one workspace if given. */
export function latestSession(database: Database, workspace: string | undefined): Session | null {
  const order = "ORDER BY updated_at_ms DESC, rowid DESC LIMIT 1";
  const row = workspace === undefined
    ? database.get(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE parent_id IS NULL ${order}`)
    : database.get(
      `SELECT ${SESSION_COLUMNS} FROM sessions
       WHERE parent_id IS NULL AND workspace = ? ${order}`,
      [workspace],
    );
  return row ? readSession(row) : null;
}

/**
 * The newest messages of a session with its open calls. The window never starts with a result
 * whose call is left out, and names no open call from before it.
 */
export function loadSession(database: Database, id: string): LoadedSession | null {
  const row = database.get(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ?`, [id]);
  if (!row) return null;
  const summary = readSummary(database, id);
  const limit = Math.min(LOADED_MESSAGES, Number(row["message_count"]) - (summary?.covered ?? 0));
  const found: { id: number; message: Message }[] = [];
  let characters = 0;
  const newestFirst = database.rows(
    `SELECT id, role, body FROM messages WHERE session_id = ? ORDER BY id DESC LIMIT ?`,
    [id, Math.max(0, limit)],
  );
  for (const { id: messageId, role, body } of newestFirst) {
    characters += String(body).length;
    if (characters > LOADED_CHARACTERS && found.length > 0) break;
    const message = { role, ...JSON.parse(String(body)) } as Message;
    found.push({ id: Number(messageId), message });
  }
  while (found.at(-1)?.message.role === "tool") found.pop();
  const openCalls = database.all(
    `SELECT call_id, name, state FROM tool_calls
     WHERE session_id = ? AND state <> 'done' AND message_id >= ? ORDER BY id`,
    [id, found.at(-1)?.id ?? 0],
  ).map(({ call_id, name, state }): StoredToolCall => ({
    callId: String(call_id),
    name: String(name),
    state: state as ToolCallState,
  }));
  const turn = database.get(
    "SELECT outcome, reason FROM turns WHERE session_id = ? ORDER BY id DESC LIMIT 1",
    [id],
  );
  return {
    session: readSession(row),
    summary,
    messages: found.reverse().map(({ message }) => message),
    openCalls,
    outside: readOutside(database, id),
    lastTurn: turn
      ? {
        outcome: turn["outcome"] as TurnOutcome | null,
        reason: turn["reason"] === null ? null : String(turn["reason"]),
      }
      : null,
  };
}

function readSummary(database: Database, sessionId: string): SessionSummary | null {
  const row = database.get(
    "SELECT text, covered FROM summaries WHERE session_id = ? ORDER BY id DESC LIMIT 1",
    [sessionId],
  );
  return row ? { text: String(row["text"]), covered: Number(row["covered"]) } : null;
}

/** See `Store.appendSummary`. */
export function appendSummary(
  database: Database,
  sessionId: string,
  { text, covered, author, call }: Parameters<Store["appendSummary"]>[1],
  nowMs: number,
): void {
  database.run(
    "INSERT INTO summaries (session_id, covered, text, author, at_ms) VALUES (?, ?, ?, ?, ?)",
    [sessionId, covered, text, author, nowMs],
  );
  if (call) addUsage(database, { sessionId, purpose: "summary", ...call, nowMs });
}

/** Longest title, in characters. */
const TITLE_CHARACTERS = 80;

/** The first words of a message on one line. */
function titleOf(text: string): string {
  const line = text.slice(0, 1_000).replace(/\s+/g, " ").trim();
  const characters = [...line];
  return characters.length <= TITLE_CHARACTERS
    ? line
    : characters.slice(0, TITLE_CHARACTERS - 1).join("").trimEnd() + "…";
}

/** Adds the user's message and starts a turn; the first one gives the session its title. */
export function appendUser(
  db: Database,
  sessionId: string,
  { text, images = [], own = text, outside }: UserMessage,
  nowMs: number,
): void {
  const body = {
    text,
    ...images.length === 0 ? {} : { images },
    ...own === text ? {} : { own },
  };
  append(db, sessionId, "user", body, nowMs);
  db.run(
    `UPDATE sessions SET updated_at_ms = ?, title = CASE title WHEN '' THEN ? ELSE title END
     WHERE id = ?`,
    [nowMs, titleOf(text), sessionId],
  );
  db.run("INSERT INTO turns (session_id, started_at_ms) VALUES (?, ?)", [sessionId, nowMs]);
  if (outside) addOutside(db, sessionId, outside);
}

/** Adds the model's answer, its calls as `pending`, and what it used. */
export function appendAssistant(
  database: Database,
  sessionId: string,
  answer: StoredAnswer,
  nowMs: number,
): void {
  const { text, toolCalls, reasoning, provider = "", begun = [], ...call } = answer;
  const by = [provider, call.model].filter((word) => word !== "").join("/");
  const body = { text, toolCalls, reasoning, ...(provider === "" ? {} : { by }) };
  const messageId = append(database, sessionId, "assistant", body, nowMs);
  for (const { id, name } of toolCalls) {
    database.run(
      `INSERT INTO tool_calls (session_id, message_id, call_id, name, state)
       VALUES (?, ?, ?, ?, ?)`,
      [sessionId, messageId, id, name, begun.includes(id) ? "running" : "pending"],
    );
  }
  const { model, usage, ms, usd, settlement } = call;
  const spent = { model, usage, ms, usd, settlement };
  addUsage(database, { sessionId, purpose: "answer", provider, ...spent, nowMs });
}

/**
 * Moves an open call on. Ids are only unique within a turn: the newest open one is meant.
 *
 * @throws {AppError} `store.no_call` when none is open.
 */
export function setCallState(
  database: Database,
  sessionId: string,
  callId: string,
  state: ToolCallState,
): void {
  database.run(
    `UPDATE tool_calls SET state = ? WHERE id = (
       SELECT id FROM tool_calls
       WHERE session_id = ? AND call_id = ? AND state <> 'done' ORDER BY id DESC LIMIT 1
     )`,
    [state, sessionId, callId],
  );
  if (database.changes === 1) return;
  throw new AppError("store.no_call", `Cannot change tool call "${callId}": it is not open`);
}

/** Adds a result and marks its call `done`. */
export function appendToolResult(
  database: Database,
  sessionId: string,
  result: Extract<Message, { role: "tool" }>,
  nowMs: number,
): void {
  const { callId, name, ok, content, outside } = result;
  setCallState(database, sessionId, callId, "done");
  append(database, sessionId, "tool", { callId, name, ok, content, outside }, nowMs);
  if (outside) addOutside(database, sessionId, outside);
}

/** Adds to what a session read from outside. */
function addOutside(database: Database, sessionId: string, outside: OutsideRead): void {
  const before = readOutside(database, sessionId);
  const read = before === null ? outside : joinReads([before, outside]);
  const sources = read.sources.slice(0, MAX_SOURCES);
  database.run("UPDATE sessions SET outside = ? WHERE id = ?", [
    JSON.stringify({ ...read, sources }),
    sessionId,
  ]);
}

function readOutside(database: Database, sessionId: string): OutsideRead | null {
  const row = database.get("SELECT outside FROM sessions WHERE id = ?", [sessionId]);
  return typeof row?.["outside"] === "string" ? JSON.parse(row["outside"]) as OutsideRead : null;
}

/**
 * Ends the open turn of a session, with its answer; one that went on without a new message gets its
 * own row.
 */
export function endTurn(
  database: Database,
  sessionId: string,
  { outcome, reason, answer }: TurnEnd,
  nowMs: number,
): void {
  if (answer) appendAssistant(database, sessionId, answer, nowMs);
  database.run(
    `UPDATE turns SET ended_at_ms = ?, outcome = ?, reason = ? WHERE outcome IS NULL AND id = (
       SELECT id FROM turns WHERE session_id = ? ORDER BY id DESC LIMIT 1
     )`,
    [nowMs, outcome, reason, sessionId],
  );
  if (database.changes === 1) return;
  database.run(
    `INSERT INTO turns (session_id, started_at_ms, ended_at_ms, outcome, reason)
     SELECT id, ?, ?, ?, ? FROM sessions WHERE id = ?`,
    [nowMs, nowMs, outcome, reason, sessionId],
  );
  if (database.changes !== 1) throw noSession(sessionId);
}

function append(
  database: Database,
  sessionId: string,
  role: Message["role"],
  body: object,
  nowMs: number,
): number {
  const row = database.get(
    `INSERT INTO messages (session_id, role, body, at_ms)
     SELECT id, ?, ?, ? FROM sessions WHERE id = ? RETURNING id`,
    [role, JSON.stringify(body), nowMs, sessionId],
  );
  if (!row) throw noSession(sessionId);
  return Number(row["id"]);
}

function noSession(id: string): AppError {
  return new AppError("store.no_session", `Cannot add to session "${id}": there is none`);
}

/** A row of {@linkcode SESSION_COLUMNS}. */
export function readSession(row: SqlRow): Session {
  return {
    id: String(row["id"]),
    workspace: String(row["workspace"]),
    title: String(row["title"]),
    createdAtMs: Number(row["created_at_ms"]),
    updatedAtMs: Number(row["updated_at_ms"]),
    messageCount: Number(row["message_count"]),
    parentId: row["parent_id"] === null ? null : String(row["parent_id"]),
  };
}
