/**
 * One encrypted connection: SQLite3 Multiple Ciphers in WebAssembly, called synchronously.
 * Statements are prepared once and kept. Text crosses with its length, so a NUL in a message
 * ends nothing.
 */
// @ts-types="./mc_wa_sqlite.d.ts"
import createModule from "@journeyapps/wa-sqlite/dist/mc-wa-sqlite.mjs";
import type { SqliteModule } from "./mc_wa_sqlite.d.ts";
import type { FileSystem } from "./file_system.ts";
import { SQLITE } from "./constants.ts";
import { PAGE_BYTES } from "./key_check.ts";
import { VFS_NAME, WardVfs } from "./vfs.ts";

const encoder = new TextEncoder();
// A byte-order mark at the start of a text is part of it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A value of a column or parameter. */
export type SqlValue = string | number | null;

/** A row by column name. */
export type SqlRow = Record<string, SqlValue>;

/** A failure of SQLite. Its text is not shown to people: it may quote stored values. */
export class SqliteError extends Error {
  /** Extended result code. */
  readonly code: number;

  constructor(code: number, doing: string, cause: unknown) {
    super(`SQLite answered ${code} while ${doing}`, cause === null ? {} : { cause });
    this.name = "SqliteError";
    this.code = code;
  }
}

/** Options of {@linkcode Database.open}. */
export interface DatabaseOptions {
  /** `mc-wa-sqlite.wasm`, compiled. */
  readonly module: WebAssembly.Module;
  readonly folder: string;
  /** 64 hex digits. */
  readonly keyHex: string;
  readonly files: FileSystem;
  /** Whether the store's lock is held now; must be true during every call but `close`. */
  readonly isLocked: () => boolean;
}

/** An open database. */
export class Database {
  readonly #module: SqliteModule;
  readonly #vfs: WardVfs;
  readonly #statements = new Map<string, number>();
  /** Eight bytes for C's out parameters. */
  readonly #out: number;
  #keyHex: string;
  #db = 0;

  private constructor(module: SqliteModule, vfs: WardVfs, keyHex: string) {
    this.#module = module;
    this.#vfs = vfs;
    this.#keyHex = keyHex;
    this.#out = module._sqlite3_malloc(8);
  }

  /**
   * Opens `ward.db` in the folder, or makes it. Reads nothing yet: a wrong key shows in the
   * first statement.
   *
   * The cipher is SQLCipher 4 (AES-256-CBC, HMAC-SHA-512 of each page, random IV), so other
   * tools can open the file with the key; a raw key needs no stretching.
   *
   * @throws {SqliteError} If the file cannot be opened.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { files, folder, isLocked, keyHex } = options;
    const module = await createModule({
      // The factory would fetch the file, which this compartment may not.
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(options.module, imports);
        done(instance);
        return instance.exports;
      },
      print: () => {},
      printErr: () => {},
    });
    const vfs = new WardVfs({ module, folder, files, isLocked });
    module.vfs_register(vfs, false);
    const database = new Database(module, vfs, keyHex);
    database.#begin();
    return database;
  }

  /**
   * Drops the connection and makes a new one, because somebody else has written since: the index
   * of the log and the pages in memory are of the past.
   *
   * @throws {SqliteError} If the file cannot be opened any more.
   */
  reconnect(): void {
    this.#vfs.withoutFiles(() => this.close());
    this.#begin();
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.#db !== 0 && this.#module._sqlite3_get_autocommit(this.#db) === 0;
  }

  /** Rows changed by the last statement. */
  get changes(): number {
    return this.#module._sqlite3_changes(this.#db);
  }

  /** Bytes of the log as far as this connection wrote it; 0 when it did not. */
  get logBytes(): number {
    return this.#vfs.logBytes;
  }

  /**
   * How much a commit waits for. `full`, as it is after opening: for the disk. `normal`: for nothing;
   * {@linkcode flushLog} puts it into the file.
   */
  setSynchronous(level: "full" | "normal"): void {
    this.exec(`PRAGMA synchronous = ${level}`);
  }

  /** Puts what was committed into the file of the log; nobody waits for the disk. */
  flushLog(): void {
    this.#vfs.flushLog();
  }

  /** Writes the log into the database and empties it. */
  workOffLog(): void {
    this.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Writes every page anew under another key. Of a copy: a crash leaves pages of both keys. */
  rekey(keyHex: string): void {
    // SQLite3 Multiple Ciphers changes no key while there is a log.
    this.exec("PRAGMA journal_mode = delete");
    this.exec(`PRAGMA rekey = "raw:${keyHex}"`);
    this.#keyHex = keyHex;
  }

  /** Runs one statement without parameters, once; rows are dropped. */
  exec(sql: string): void {
    const statement = this.#prepare(sql);
    try {
      while (this.#step(statement) === SQLITE.ROW);
    } finally {
      this.#module._sqlite3_finalize(statement);
    }
  }

  /** Runs a statement that gives no rows. */
  run(sql: string, parameters: readonly SqlValue[] = []): void {
    for (const _ of this.rows(sql, parameters));
  }

  /** The first row, or undefined. */
  get(sql: string, parameters: readonly SqlValue[] = []): SqlRow | undefined {
    for (const row of this.rows(sql, parameters)) return row;
    return undefined;
  }

  /** All rows. */
  all(sql: string, parameters: readonly SqlValue[] = []): SqlRow[] {
    return [...this.rows(sql, parameters)];
  }

  /** Rows, one at a time; leaving the loop early ends the statement. */
  *rows(sql: string, parameters: readonly SqlValue[] = []): Generator<SqlRow> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#prepare(sql);
      this.#statements.set(sql, statement);
    }
    try {
      parameters.forEach((value, index) => this.#bind(statement, index + 1, value));
      while (this.#step(statement) === SQLITE.ROW) yield this.#row(statement);
    } finally {
      this.#module._sqlite3_reset(statement);
    }
  }

  /**
   * Closes the connection; an open transaction is undone by the next one who opens. With the
   * store's lock the log is written into the database and removed, without it both stay.
   */
  close(): void {
    if (this.#db === 0) return;
    for (const statement of this.#statements.values()) this.#module._sqlite3_finalize(statement);
    this.#statements.clear();
    this.#module._sqlite3_close_v2(this.#db);
    this.#db = 0;
  }

  #begin(): void {
    try {
      this.#connect();
      this.exec("PRAGMA cipher = 'sqlcipher'");
      this.exec("PRAGMA legacy = 4");
      this.exec(`PRAGMA legacy_page_size = ${PAGE_BYTES}`);
      this.exec(`PRAGMA key = "raw:${this.#keyHex}"`);
      // A temporary file would be plaintext, and the VFS refuses to make one.
      this.exec("PRAGMA temp_store = memory");
      // A commit is then one write and one sync of the log: a third of what a journal costs.
      this.exec("PRAGMA locking_mode = exclusive");
      this.exec("PRAGMA journal_mode = wal");
      // Never within a commit, which may not have put its pages into the log yet: see workOffLog.
      this.exec("PRAGMA wal_autocheckpoint = 0");
      this.exec("PRAGMA synchronous = full");
      this.exec("PRAGMA foreign_keys = on");
      this.exec("PRAGMA trusted_schema = off");
      // What is deleted is overwritten, not only let go.
      this.exec("PRAGMA secure_delete = on");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #connect(): void {
    const name = this.#text("ward.db").pointer;
    const vfs = this.#text(`multipleciphers-${VFS_NAME}`).pointer;
    const flags = SQLITE.OPEN_READWRITE | SQLITE.OPEN_CREATE;
    const code = this.#module._sqlite3_open_v2(name, this.#out, flags, vfs);
    this.#db = this.#module.HEAP32[this.#out >> 2] ?? 0;
    this.#module._sqlite3_free(name);
    this.#module._sqlite3_free(vfs);
    if (code !== SQLITE.OK) throw this.#error(code, "opening");
    this.#module._sqlite3_extended_result_codes(this.#db, 1);
  }

  #prepare(sql: string): number {
    const { pointer, bytes } = this.#text(sql);
    try {
      const code = this.#module._sqlite3_prepare_v2(this.#db, pointer, bytes + 1, this.#out, 0);
      if (code !== SQLITE.OK) throw this.#error(code, "preparing a statement");
      return this.#module.HEAP32[this.#out >> 2] ?? 0;
    } finally {
      this.#module._sqlite3_free(pointer);
    }
  }

  #step(statement: number): number {
    const code = this.#module._sqlite3_step(statement);
    if (code !== SQLITE.ROW && code !== SQLITE.DONE) throw this.#error(code, "running a statement");
    return code;
  }

  #bind(statement: number, index: number, value: SqlValue): void {
    const module = this.#module;
    let code: number;
    if (value === null) {
      code = module._sqlite3_bind_null(statement, index);
    } else if (typeof value === "string") {
      const { pointer, bytes } = this.#text(value);
      // SQLite frees the copy itself, also when the call fails.
      code = module._sqlite3_bind_text(statement, index, pointer, bytes, module._getSqliteFree());
    } else if (Number.isSafeInteger(value)) {
      const high = Math.floor(value / 0x1_0000_0000);
      code = module._sqlite3_bind_int64(statement, index, value | 0, high);
    } else {
      code = module._sqlite3_bind_double(statement, index, value);
    }
    if (code !== SQLITE.OK) throw this.#error(code, "binding a parameter");
  }

  #row(statement: number): SqlRow {
    const module = this.#module;
    const row: SqlRow = {};
    const count = module._sqlite3_column_count(statement);
    for (let column = 0; column < count; column++) {
      const name = module.UTF8ToString(module._sqlite3_column_name(statement, column));
      row[name] = this.#value(statement, column);
    }
    return row;
  }

  #value(statement: number, column: number): SqlValue {
    const module = this.#module;
    switch (module._sqlite3_column_type(statement, column)) {
      case SQLITE.INTEGER:
      case SQLITE.FLOAT:
        // Exact for integers up to 2^53, and ward stores none beyond.
        return module._sqlite3_column_double(statement, column);
      case SQLITE.TEXT: {
        const pointer = module._sqlite3_column_text(statement, column);
        const bytes = module._sqlite3_column_bytes(statement, column);
        return decoder.decode(module.HEAPU8.subarray(pointer, pointer + bytes));
      }
      default:
        return null;
    }
  }

  /** A NUL-terminated copy in SQLite's memory; `bytes` without the NUL. */
  #text(value: string): { pointer: number; bytes: number } {
    const bytes = encoder.encode(value);
    const pointer = this.#module._sqlite3_malloc(bytes.length + 1);
    if (pointer === 0) throw this.#error(7, "copying a text");
    this.#module.HEAPU8.set(bytes, pointer);
    this.#module.HEAPU8[pointer + bytes.length] = 0;
    return { pointer, bytes: bytes.length };
  }

  #error(code: number, doing: string): SqliteError {
    return new SqliteError(code, doing, this.#vfs.takeFailure());
  }
}
