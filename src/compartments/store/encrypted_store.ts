/**
 * The state database of a profile: the `Store` port over encrypted SQLite.
 *
 * Invariant: every method is one transaction under the store's lock, and returns only after it is
 * on the disk. Calls of one process queue here, calls of several at the lock.
 */
import { AppError } from "../../base/app_error.ts";
import type { Store } from "../../kernel/ports.ts";
import type { AuditEntry, AuditVerdict } from "../../model/audit.ts";
import type { StoreOpenParams } from "./api.ts";
import { AuditHeadFile, type AuditHeadState, type ChainEnd, GENESIS } from "./audit_head.ts";
import { AuditLog } from "./audit_log.ts";
import { GrantStamp } from "./grant_stamp.ts";
import * as grants from "./grants.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "./schema.ts";
import * as sessions from "./sessions.ts";
import { Database } from "./sqlite/database.ts";
import { FileLock } from "./sqlite/file_lock.ts";
import { denoFileSystem, type FileSystem, statOrNull } from "./sqlite/file_system.ts";
import { checkFirstPage, type FirstPage } from "./sqlite/key_check.ts";
import { corruptError, storeError } from "./store_error.ts";

/** How long closing waits for another process. */
const CLOSING_MS = 1_000;
/** Where processes take turns each reads the log anew, so it is kept short. */
const SHARED_LOG_BYTES = 64 * 1024;
/** What a turn may leave in the log; working it off takes some milliseconds. */
const TURN_LOG_BYTES = 256 * 1024;

/** Options of {@linkcode EncryptedStore.open} beside those that cross the wire. */
export interface EncryptedStoreOptions extends StoreOpenParams {
  /** @default the real files */
  readonly files?: FileSystem | undefined;
  /** Milliseconds since the epoch. @default `Date.now` */
  readonly now?: (() => number) | undefined;
}

/** An open store. */
export class EncryptedStore implements Store {
  /** Whether `open` made the database. */
  readonly created: boolean;
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #lockTimeoutMs: number;
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #now: () => number;
  readonly #stamp: GrantStamp;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Somebody else had the lock, and the database was not opened anew since. */
  #isStale = false;
  #broken: AppError | null = null;

  private constructor(
    parts: {
      created: boolean;
      path: string;
      lock: FileLock;
      lockTimeoutMs: number;
      database: Database;
      audit: AuditLog;
      now: () => number;
      stamp: GrantStamp;
    },
  ) {
    this.created = parts.created;
    this.#path = parts.path;
    this.#lock = parts.lock;
    this.#lockTimeoutMs = parts.lockTimeoutMs;
    this.#database = parts.database;
    this.#audit = parts.audit;
    this.#now = parts.now;
    this.#stamp = parts.stamp;
  }

  /** Opens or makes the database; see `StoreLifecycle.open` in `api.ts`. */
  static async open(options: EncryptedStoreOptions): Promise<EncryptedStore> {
    const { dataDir, keyHex, module, lockTimeoutMs = 30_000 } = options;
    const files = options.files ?? denoFileSystem;
    const path = `${dataDir}/ward.db`;
    const lock = new FileLock(`${dataDir}/ward.db.lock`);
    let database: Database | null = null;
    try {
      makeFolder(dataDir);
      // What is refused below leaves every file as it was, this one too.
      await lock.acquire(lockTimeoutMs, { mark: false });
      const headFile = await AuditHeadFile.create(files, dataDir, keyHex);
      const state = await headFile.read();
      const isHot = ["-journal", "-wal"]
        .some((end) => (statOrNull(files, path + end)?.size ?? 0) > 0);
      const page = await checkFirstPage(files, path, keyHex);
      const isNew = judge(page, state, isHot, path);
      lock.claim();
      const head = { count: 0, head: GENESIS, next: null, alarm: null };
      if (isNew) await headFile.write({ ...head, created: false }, true);
      const isLocked = () => lock.held;
      database = await Database.open({ module, folder: dataDir, keyHex, files, isLocked });
      if (schemaVersion(database) < SCHEMA_VERSION) {
        database.exec("BEGIN IMMEDIATE");
        migrate(database);
        database.exec("COMMIT");
      }
      const unfinished = state.type === "sealed" && !state.head.created;
      if (isNew || unfinished) await headFile.write({ ...head, created: true }, true);
      const audit = new AuditLog(database, headFile);
      await audit.settle();
      const now = options.now ?? Date.now;
      const stamp = new GrantStamp(dataDir);
      stamp.ensure();
      lock.release();
      return new EncryptedStore({
        created: isNew,
        path,
        lock,
        lockTimeoutMs,
        database,
        audit,
        now,
        stamp,
      });
    } catch (error) {
      database?.close();
      lock.close();
      throw storeError(error, path);
    }
  }

  createSession(params: { workspace: string; title: string }): ReturnType<Store["createSession"]> {
    const nowMs = this.#now();
    return this.#write((db) => sessions.createSession(db, { ...params, id: newId(nowMs), nowMs }));
  }

  latestSession(
    { workspace }: { workspace?: string | undefined },
  ): ReturnType<Store["latestSession"]> {
    return this.#read((db) => sessions.latestSession(db, workspace));
  }

  loadSession(id: string): ReturnType<Store["loadSession"]> {
    return this.#read((db) => sessions.loadSession(db, id));
  }

  appendUser(sessionId: string, text: string): ReturnType<Store["appendUser"]> {
    return this.#write((db) => sessions.appendUser(db, sessionId, text, this.#now()));
  }

  appendAssistant(
    ...[sessionId, answer, audit]: Parameters<Store["appendAssistant"]>
  ): ReturnType<Store["appendAssistant"]> {
    return this.#audited(
      audit,
      (db) => sessions.appendAssistant(db, sessionId, answer, this.#now()),
    );
  }

  setCallState(
    ...[sessionId, callId, state, audit]: Parameters<Store["setCallState"]>
  ): ReturnType<Store["setCallState"]> {
    return this.#audited(audit, (db) => sessions.setCallState(db, sessionId, callId, state));
  }

  appendToolResult(
    ...[sessionId, result, audit]: Parameters<Store["appendToolResult"]>
  ): ReturnType<Store["appendToolResult"]> {
    return this.#audited(
      audit,
      (db) => sessions.appendToolResult(db, sessionId, result, this.#now()),
    );
  }

  endTurn(
    ...[sessionId, outcome, reason, audit]: Parameters<Store["endTurn"]>
  ): ReturnType<Store["endTurn"]> {
    const ended = this.#audited(
      audit,
      (db) => sessions.endTurn(db, sessionId, outcome, reason, this.#now()),
    );
    // Between two turns nobody waits for the store.
    this.#exclusive(() => Promise.resolve(this.#workOff(TURN_LOG_BYTES))).catch(() => {});
    return ended;
  }

  listGrants(): ReturnType<Store["listGrants"]> {
    return this.#read(grants.listGrants);
  }

  addGrant(...[grant]: Parameters<Store["addGrant"]>): ReturnType<Store["addGrant"]> {
    return this.#stamp.around(() => this.#write((db) => grants.addGrant(db, grant)));
  }

  removeGrant(id: string): ReturnType<Store["removeGrant"]> {
    return this.#stamp.around(() => this.#write((db) => grants.removeGrant(db, id)));
  }

  useGrant(id: string): ReturnType<Store["useGrant"]> {
    return this.#stamp.around(() => this.#write((db) => grants.useGrant(db, id)));
  }

  async appendAudit(...[entries]: Parameters<Store["appendAudit"]>): Promise<void> {
    if (entries.length > 0) await this.#audited(entries, () => {});
  }

  listAudit(
    { limit, sessionId }: { limit: number; sessionId?: string | undefined },
  ): ReturnType<Store["listAudit"]> {
    return this.#read(() => this.#audit.list(limit, sessionId));
  }

  async verifyAudit(): Promise<AuditVerdict> {
    let step: ChainEnd | AuditVerdict = { count: 0, head: GENESIS };
    while (!("ok" in step)) {
      const after: ChainEnd = step;
      step = await this.#read(() => this.#audit.verify(after));
    }
    return step;
  }

  /**
   * Waits for the calls under way, then closes. Where nobody else is at work, all of it is in one
   * file afterwards; else the log stays for them.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
    try {
      const isAlone = await this.#lock.acquire(CLOSING_MS);
      if (!isAlone || this.#isStale || this.#broken) this.#lock.release();
    } catch {
      // Busy, or the file cannot be made any more: the next one who opens works the log off.
    }
    this.#database.close();
    this.#lock.close();
  }

  /** Brings what the log holds into the database when it is longer than that. */
  #workOff(logBytes: number): void {
    if (this.#database.logBytes <= logBytes) return;
    // It needs nothing of the caller's: a failure leaves the log as it is, for the next time.
    try {
      this.#database.workOffLog();
    } catch (error) {
      // Else it would be the next call that finds the engine broken.
      if (error instanceof WebAssembly.RuntimeError) this.#rollBack(error);
    }
  }

  /** Looks at the database anew after somebody else had it. */
  #catchUp(): void {
    this.#isStale = true;
    this.#database.reconnect();
    schemaVersion(this.#database);
    this.#isStale = false;
  }

  #write<T>(body: (database: Database) => T): Promise<T> {
    return this.#exclusive(() => this.#transaction("BEGIN IMMEDIATE", () => body(this.#database)));
  }

  /** A change with its audit rows: both or neither. */
  #audited(
    entries: readonly AuditEntry[] | undefined,
    body: (database: Database) => void,
  ): Promise<void> {
    if (!entries || entries.length === 0) return this.#write(body);
    const stored = Promise.withResolvers<void>();
    this.#exclusive(async () => {
      const settle = await this.#transaction("BEGIN IMMEDIATE", async () => {
        body(this.#database);
        return await this.#audit.append(entries, this.#now());
      });
      // The rows are on the disk: the caller goes on while the head file is put in order, still
      // under the lock. Should that fail, the file names both ends until the next append or start.
      stored.resolve();
      await settle().catch(() => {});
    }).catch(stored.reject);
    return stored.promise;
  }

  #read<T>(body: (database: Database) => T | Promise<T>): Promise<T> {
    return this.#exclusive(() => this.#transaction("BEGIN", () => body(this.#database)));
  }

  async #transaction<T>(begin: string, body: () => T | Promise<T>): Promise<T> {
    const database = this.#database;
    try {
      database.exec(begin);
      const result = await body();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack(error);
      throw error;
    }
  }

  /** Undoes what a failure left. When that fails too, nothing may be written any more. */
  #rollBack(failure: unknown): void {
    try {
      if (failure instanceof WebAssembly.RuntimeError) throw failure;
      // After some failures SQLite has rolled back by itself.
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
    } catch (cause) {
      this.#broken ??= new AppError("store.broken", "The database engine broke", {
        cause,
        hint: "Start ward again: what was stored before is intact",
      });
    }
  }

  /** One call after the other, each with the lock. */
  #exclusive<T>(body: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new AppError("store.closed", "The state database is closed"));
    }
    const result = this.#queue.then(async () => {
      if (this.#broken) throw this.#broken;
      try {
        const isAlone = await this.#lock.acquire(this.#lockTimeoutMs);
        if (!isAlone || this.#isStale) this.#catchUp();
        const value = await body();
        if (!isAlone) this.#workOff(SHARED_LOG_BYTES);
        return value;
      } catch (error) {
        throw this.#broken ?? storeError(error, this.#path);
      } finally {
        this.#lock.release();
      }
    });
    this.#queue = result.catch(() => {});
    return result;
  }
}

/**
 * Whether a database is to be made; refuses everything that must not be touched.
 *
 * A key that does not fit cannot be told from a damaged first page by that page alone: the seal
 * of the audit head decides. From a journal or a log left by a crash, SQLite repairs the page first.
 */
function judge(page: FirstPage, head: AuditHeadState, hot: boolean, path: string): boolean {
  const keyIsRight = head.type === "sealed";
  switch (page) {
    case "fits":
      return false;
    case "plaintext":
      throw new AppError("store.plaintext", `Cannot use "${path}": it is not encrypted`, {
        hint: "Move the file away: ward keeps its state in an encrypted database only",
      });
    case "empty":
      if (head.type === "missing" || (keyIsRight && !head.head.created)) return true;
      throw new AppError("store.missing", `Cannot open "${path}": it is gone`, {
        hint: "Restore ward.db from a backup, or move audit.head away to start with an empty one",
      });
    case "does not fit":
      if (keyIsRight && hot) return false;
      if (keyIsRight) throw corruptError(path);
      throw new AppError("store.wrong_key", `Cannot open "${path}": the key does not fit`, {
        hint: "Give ward the key the database was made with: WARD_ENCRYPTION_KEY, the keychain's " +
          "entry or database.key; nothing was changed",
      });
  }
}

function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode } = Deno.statSync(path);
  // Another user must not even see names and sizes.
  if (Deno.build.os !== "windows" && ((mode ?? 0) & 0o077) !== 0) Deno.chmodSync(path, 0o700);
}

/** Letters and digits, in the order of time. */
function newId(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  const tail = Array.from(random, (byte) => (byte % 36).toString(36)).join("");
  return nowMs.toString(36).padStart(9, "0") + tail;
}
