import { AppError } from "../../base/app_error.ts";
import type { Database } from "./sqlite/database.ts";

/**
 * Steps of the schema, oldest first; step n leads to `user_version` n. Append only: a released
 * step is never changed, because databases that took it are out there.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      workspace TEXT NOT NULL,
      title TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX sessions_by_time ON sessions (updated_at_ms)`,
    `CREATE INDEX sessions_by_workspace ON sessions (workspace, updated_at_ms)`,
    // Each index is a page more to seal and sync in every step of a turn: only those that steps
    // and loading need. No AUTOINCREMENT: an id above all others is order enough.
    `CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'tool')),
      body TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX messages_by_session ON messages (session_id, id)`,
    `CREATE TABLE tool_calls (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
      call_id TEXT NOT NULL,
      name TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done'))
    ) STRICT`,
    `CREATE INDEX tool_calls_by_message ON tool_calls (message_id)`,
    `CREATE INDEX tool_calls_open ON tool_calls (session_id, id) WHERE state <> 'done'`,
    `CREATE TABLE turns (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      started_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER,
      outcome TEXT,
      reason TEXT
    ) STRICT`,
    `CREATE INDEX turns_by_session ON turns (session_id, id)`,
    `CREATE TABLE model_calls (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      model TEXT NOT NULL,
      input_tokens INTEGER,
      output_tokens INTEGER,
      cached_tokens INTEGER,
      at_ms INTEGER NOT NULL
    ) STRICT`,
    `CREATE TABLE grants (
      id TEXT PRIMARY KEY,
      compartment TEXT NOT NULL,
      permission TEXT NOT NULL,
      value TEXT NOT NULL,
      scope TEXT NOT NULL,
      uses_left INTEGER,
      granted_by TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      reason TEXT NOT NULL
    ) STRICT`,
    // No foreign key: the log outlives what it speaks of.
    `CREATE TABLE audit (
      seq INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      kind TEXT NOT NULL,
      session_id TEXT,
      subject TEXT NOT NULL,
      detail TEXT NOT NULL,
      prev_hash TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT`,
    `CREATE INDEX audit_by_session ON audit (session_id, seq)`,
  ],
  [
    // No foreign key: what was spent stays when its session is deleted. It holds no words.
    `CREATE TABLE model_usage (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL,
      turn_id INTEGER,
      purpose TEXT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      input_tokens INTEGER,
      output_tokens INTEGER,
      cached_tokens INTEGER,
      reasoning_tokens INTEGER,
      ms INTEGER,
      at_ms INTEGER NOT NULL
    ) STRICT`,
    `INSERT INTO model_usage
       (session_id, purpose, provider, model, input_tokens, output_tokens, cached_tokens, at_ms)
     SELECT session_id, 'answer', '', model, input_tokens, output_tokens, cached_tokens, at_ms
     FROM model_calls ORDER BY id`,
    `DROP TABLE model_calls`,
    // Each stands for the first messages of its session, also for those of the one before it.
    `CREATE TABLE summaries (
      id INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      covered INTEGER NOT NULL,
      text TEXT NOT NULL,
      author TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX summaries_by_session ON summaries (session_id, id)`,
    `CREATE TABLE instructions (
      workspace TEXT NOT NULL,
      name TEXT NOT NULL,
      hash TEXT NOT NULL,
      text TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (workspace, name)
    ) STRICT`,
    `CREATE VIEW message_text AS SELECT id,
       coalesce(json_extract(body, '$.text'), json_extract(body, '$.content'), '') AS text
     FROM messages`,
    // Filled when somebody searches, so that no step of a turn pays for it.
    `CREATE VIRTUAL TABLE message_index USING fts5
       (text, content = 'message_text', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2')`,
    // Else deleted words would stay in the index until it happens to be merged.
    `INSERT INTO message_index (message_index, rank) VALUES ('secure-delete', 1)`,
    `UPDATE sessions SET title = coalesce((
       SELECT substr(json_extract(body, '$.text'), 1, 80) FROM messages
       WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1), '')
     WHERE title = ''`,
  ],
  [`ALTER TABLE model_usage ADD COLUMN cache_write_tokens INTEGER`],
  [
    // Price at the time of the call; null: not known.
    `ALTER TABLE model_usage ADD COLUMN usd REAL`,
    // Room of caps for calls under way, and for those of which nobody knows what they used.
    `CREATE TABLE budget_holds (
      id TEXT PRIMARY KEY,
      session_id TEXT NOT NULL,
      tokens INTEGER NOT NULL,
      usd REAL,
      at_ms INTEGER NOT NULL
    ) STRICT`,
    // Which caps were reached, lifted, warned of. A key is a day or the id of a session.
    `CREATE TABLE budget_state (
      scope TEXT NOT NULL,
      key TEXT NOT NULL,
      unit TEXT NOT NULL,
      lifts INTEGER NOT NULL DEFAULT 0,
      tripped_at_ms INTEGER,
      tripped_limit REAL,
      warned_limit REAL,
      PRIMARY KEY (scope, key, unit)
    ) STRICT`,
  ],
  [
    // An amount: as a factor a lift grew with a cap that was set higher later. What a cap was when
    // it was lifted follows from where it was reached after that, else it is to be lifted again.
    `ALTER TABLE budget_state ADD COLUMN lifted REAL NOT NULL DEFAULT 0`,
    `UPDATE budget_state SET lifted = coalesce(tripped_limit * lifts / (1 + lifts), 0)`,
    `ALTER TABLE budget_state DROP COLUMN lifts`,
  ],
  // What a session read from outside, as JSON; null: nothing.
  [`ALTER TABLE sessions ADD COLUMN outside TEXT`],
  [
    // Of a sub-agent: the session that asked, and the one at the top, whose caps its calls are under.
    `ALTER TABLE sessions ADD COLUMN parent_id TEXT`,
    `ALTER TABLE sessions ADD COLUMN root_id TEXT`,
    `ALTER TABLE model_usage ADD COLUMN root_id TEXT`,
  ],
  [
    // What the owner approved of a server: what starts it, and all that its tools say of themselves.
    `CREATE TABLE mcp_approvals (
      workspace TEXT NOT NULL,
      alias TEXT NOT NULL,
      entry_hash TEXT NOT NULL,
      tools TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (workspace, alias)
    ) STRICT`,
  ],
  [
    // Messages of chats that came in. A row that is done keeps a second delivery out; its words are
    // with its session.
    `CREATE TABLE mail_in (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      channel TEXT NOT NULL,
      event_id TEXT NOT NULL,
      place TEXT NOT NULL,
      lane TEXT NOT NULL CHECK (lane IN ('turn', 'command')),
      body TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done')),
      session_id TEXT,
      attempts INTEGER NOT NULL DEFAULT 0,
      at_ms INTEGER NOT NULL,
      done_at_ms INTEGER,
      UNIQUE (channel, event_id)
    ) STRICT`,
    `CREATE INDEX mail_in_open ON mail_in (lane, place, id) WHERE state <> 'done'`,
    `CREATE TABLE mail_out (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      inbound_id INTEGER,
      channel TEXT NOT NULL,
      place TEXT NOT NULL,
      place_body TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('live', 'question', 'plain')),
      part TEXT NOT NULL,
      reply_to TEXT,
      state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'given_up')),
      message_id TEXT,
      revision INTEGER NOT NULL DEFAULT 0,
      is_repeat INTEGER NOT NULL DEFAULT 0,
      why TEXT,
      at_ms INTEGER NOT NULL,
      since_ms INTEGER,
      done_at_ms INTEGER
    ) STRICT`,
    `CREATE INDEX mail_out_open ON mail_out (channel, place, id)
     WHERE state IN ('pending', 'sending')`,
    `CREATE INDEX mail_out_by_inbound ON mail_out (inbound_id) WHERE inbound_id IS NOT NULL`,
    // How far each service is read.
    `CREATE TABLE mail_cursors (channel TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT`,
    // The session of each conversation. No foreign key: one that was deleted is found missing.
    `CREATE TABLE mail_chats (
      key TEXT PRIMARY KEY,
      place TEXT NOT NULL,
      session_id TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) STRICT`,
  ],
  [
    // What the HTTP API was given to do, and what became of it.
    `CREATE TABLE tasks (
      id TEXT PRIMARY KEY,
      description TEXT NOT NULL,
      max_iterations INTEGER,
      idempotency_key TEXT UNIQUE,
      state TEXT NOT NULL,
      session_id TEXT,
      starts INTEGER NOT NULL DEFAULT 0,
      created_at_ms INTEGER NOT NULL,
      started_at_ms INTEGER,
      ended_at_ms INTEGER,
      answer TEXT,
      error TEXT,
      iterations INTEGER NOT NULL DEFAULT 0,
      tokens INTEGER NOT NULL DEFAULT 0,
      usd REAL
    ) STRICT`,
    `CREATE INDEX tasks_open ON tasks (state) WHERE state IN ('queued', 'running')`,
    // What webhooks are still to be told, and the newest of what they were.
    `CREATE TABLE webhook_deliveries (
      id TEXT PRIMARY KEY,
      hook TEXT NOT NULL,
      event TEXT NOT NULL,
      task_id TEXT,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_at_ms INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL,
      problem TEXT
    ) STRICT`,
    `CREATE INDEX deliveries_due ON webhook_deliveries (hook, next_at_ms)
       WHERE state = 'pending'`,
  ],
  // The model that was chosen for a conversation of a chat, whatever its session is.
  [`CREATE TABLE mail_models (key TEXT PRIMARY KEY, model TEXT NOT NULL) STRICT`],
  [
    // Of tasks from before, `iterations` counts calls of the model: each was one round.
    `ALTER TABLE tasks ADD COLUMN category TEXT`,
    `ALTER TABLE tasks ADD COLUMN quality_threshold REAL`,
    `ALTER TABLE tasks ADD COLUMN final_score REAL`,
    `ALTER TABLE tasks ADD COLUMN decision TEXT`,
    `ALTER TABLE tasks ADD COLUMN model_calls INTEGER NOT NULL DEFAULT 0`,
    `UPDATE tasks SET model_calls = iterations, iterations = min(iterations, 1),
       max_iterations = NULL`,
    // Rounds of tasks that have not ended; the session has what was said in all of them.
    `CREATE TABLE task_rounds (
      task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
      round INTEGER NOT NULL,
      answer TEXT NOT NULL,
      score REAL NOT NULL,
      findings TEXT NOT NULL,
      messages INTEGER NOT NULL,
      PRIMARY KEY (task_id, round)
    ) STRICT`,
  ],
];

/** The version this ward writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Version of the open database.
 *
 * @throws {AppError} `store.newer` when a later ward has changed it.
 */
export function schemaVersion(database: Database): number {
  const version = Number(database.get("PRAGMA user_version")?.["user_version"] ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  throw new AppError(
    "store.newer",
    `Cannot use the state database: version ${version}, this ward knows up to ${SCHEMA_VERSION}`,
    { hint: "Use the newer ward that wrote it, or restore an older backup" },
  );
}

/** Takes the missing steps. To be called inside one transaction. */
export function migrate(database: Database): void {
  const version = schemaVersion(database);
  for (const step of MIGRATIONS.slice(version)) {
    for (const sql of step) database.exec(sql);
  }
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}
