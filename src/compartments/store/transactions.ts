/**
 * How a store runs its methods: one transaction each, under the store's lock, done only once it is
 * on the disk, or for some in its file (see `note`). Calls of one process queue here, calls of several at the
 * lock.
 */
import { AppError } from "../../base/app_error.ts";
import type { AuditEntry } from "../../model/audit.ts";
import type { AuditLog } from "./audit_log.ts";
import type { OpenedDatabase } from "./open_database.ts";
import { schemaVersion } from "./schema.ts";
import type { Database } from "./sqlite/database.ts";
import type { FileLock } from "./sqlite/file_lock.ts";
import { storeError } from "./store_error.ts";

/** How long closing waits for another process. */
const CLOSING_MS = 1_000;
/** Working that off takes some tens of milliseconds; what leaves less has it done between turns. */
const LONG_LOG_BYTES = 4 * 1024 * 1024;
/** Where processes take turns each reads the log anew, so it is kept short. */
const SHARED_LOG_BYTES = 64 * 1024;

/** The one way to the rows of an open database. */
export class Transactions {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #lockTimeoutMs: number;
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #now: () => number;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Somebody else had the lock, and the database was not opened anew since. */
  #isStale = false;
  #broken: AppError | null = null;

  /** Takes an opened database over. */
  constructor(opened: OpenedDatabase, options: { lockTimeoutMs: number; now: () => number }) {
    this.#path = opened.path;
    this.#lock = opened.lock;
    this.#database = opened.database;
    this.#audit = opened.audit;
    this.#lockTimeoutMs = options.lockTimeoutMs;
    this.#now = options.now;
  }

  /** Works the log off once nobody waits, when it is longer than that. Never fails. */
  tidy(logBytes: number): Promise<void> {
    return this.#exclusive(() => this.#workOff(logBytes)).catch(() => {});
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

  /** A change, alone in its transaction. */
  write<T>(body: (database: Database) => T): Promise<T> {
    return this.#exclusive(() => this.#transaction("BEGIN IMMEDIATE", () => body(this.#database)));
  }

  /**
   * A change that outlasts this process at once, and a power cut from the next {@linkcode write} or
   * {@linkcode audited} on: for what may be done again as long as none of them came after it.
   */
  note<T>(body: (database: Database) => T): Promise<T> {
    return this.#exclusive(() => {
      const database = this.#database;
      // Should any of it fail, the file says what there is, and everything is set anew.
      this.#isStale = true;
      database.setSynchronous("normal");
      let value: T;
      try {
        value = this.#transaction("BEGIN IMMEDIATE", () => body(database));
      } catch (error) {
        database.setSynchronous("full");
        this.#isStale = false;
        throw error;
      }
      database.flushLog();
      database.setSynchronous("full");
      this.#isStale = false;
      return value;
    });
  }

  /** A change with its audit rows: both or neither. */
  audited(
    entries: readonly AuditEntry[] | undefined,
    body: (database: Database) => void,
  ): Promise<void> {
    if (!entries || entries.length === 0) return this.write(body);
    return this.#exclusive(() => {
      const settle = this.#transaction("BEGIN IMMEDIATE", () => {
        body(this.#database);
        return this.#audit.append(entries, this.#now());
      });
      try {
        settle();
      } catch {
        // The rows are on the disk: the file names both ends until the next append or start.
      }
    });
  }

  /** A look: nothing is changed. */
  read<T>(body: (database: Database) => T): Promise<T> {
    return this.#exclusive(() => this.#transaction("BEGIN", () => body(this.#database)));
  }

  #transaction<T>(begin: string, body: () => T): T {
    const database = this.#database;
    try {
      database.run(begin);
      const result = body();
      database.run("COMMIT");
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
  #exclusive<T>(body: () => T): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new AppError("store.closed", "The state database is closed"));
    }
    const result = this.#queue.then(async () => {
      if (this.#broken) throw this.#broken;
      try {
        const isAlone = await this.#lock.acquire(this.#lockTimeoutMs);
        if (!isAlone || this.#isStale) this.#catchUp();
        const value = body();
        this.#workOff(isAlone ? LONG_LOG_BYTES : SHARED_LOG_BYTES);
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
