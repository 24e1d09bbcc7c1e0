/**
 * SQLite's file layer over Deno's synchronous file calls.
 *
 * Invariants:
 * - It opens three files: the database, its write-ahead log, and the rollback journal of the
 *   moment before there is a log. There is no temporary file (it would be plaintext) and no shared
 *   memory: the index of the log is the connection's own (`locking_mode = exclusive`).
 * - It locks nothing itself: a transaction runs while the caller holds the {@linkcode FileLock}.
 *   Without it every access is refused, so a forgotten lock is an error, not a torn read; and a
 *   connection that is closed without it leaves the files as they are.
 *
 * Source: {@link https://www.sqlite.org/c3ref/io_methods.html} and `os_unix.c` of SQLite.
 */
import type { SqliteModule } from "./mc_wa_sqlite.d.ts";
import {
  type FileSystem,
  readFully,
  statOrNull,
  type StoreFile,
  syncFolder,
  writeFully,
} from "./file_system.ts";
import { SQLITE } from "./constants.ts";
import { LogFile } from "./log_file.ts";

/** Name under which the VFS is registered. */
export const VFS_NAME = "ward";

/** Names that SQLite knows; their places are the caller's. */
const MAIN = "ward.db";
const JOURNAL = "ward.db-journal";
const LOG = "ward.db-wal";

interface OpenFile {
  readonly handle: StoreFile;
  /** Set for the log. */
  readonly log: LogFile | null;
  level: number;
  /** Made by us and its folder entry not yet durable. */
  isNew: boolean;
}

/** Options of {@linkcode WardVfs}. */
export interface WardVfsOptions {
  readonly module: SqliteModule;
  readonly folder: string;
  readonly files: FileSystem;
  /** Whether the store's lock is held now. */
  readonly isLocked: () => boolean;
}

/** The VFS; its `x` methods are called by SQLite with C values. */
export class WardVfs {
  readonly name = VFS_NAME;
  readonly mxPathname = 64;
  readonly #module: SqliteModule;
  readonly #folder: string;
  readonly #files: FileSystem;
  readonly #isLocked: () => boolean;
  readonly #open = new Map<number, OpenFile>();
  #failure: unknown = null;
  #isShut = false;

  constructor(options: WardVfsOptions) {
    this.#module = options.module;
    this.#folder = options.folder;
    this.#files = options.files;
    this.#isLocked = () => !this.#isShut && options.isLocked();
  }

  /** What the last failed file call threw, once; null if none did. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** Puts what waits for the log into its file. @throws What the file threw */
  flushLog(): void {
    for (const { log } of this.#open.values()) log?.flush();
  }

  /** Where the last write to the log ended; 0 when there was none on this connection. */
  get logBytes(): number {
    return Math.max(0, ...[...this.#open.values()].map(({ log }) => log?.end ?? 0));
  }

  /** Runs a body that may close files but not touch them. */
  withoutFiles(body: () => void): void {
    this.#isShut = true;
    try {
      body();
    } finally {
      this.#isShut = false;
      this.#failure = null;
    }
  }

  /** Part of the registration: nothing here is asynchronous. */
  hasAsyncMethod(): boolean {
    return false;
  }

  xOpen(_vfs: number, zName: number, id: number, flags: number, outFlags: number): number {
    const path = this.#place(zName === 0 ? "" : this.#module.UTF8ToString(zName));
    if (path === null) return SQLITE.CANTOPEN;
    return this.#try(SQLITE.CANTOPEN, () => {
      const isNew = statOrNull(this.#files, path) === null;
      const create = (flags & SQLITE.OPEN_CREATE) !== 0;
      const options = { read: true, write: true, create, mode: 0o600 };
      const handle = this.#files.openSync(path, options);
      const log = path.endsWith(LOG) ? new LogFile(handle) : null;
      this.#open.set(id, { handle, log, level: 0, isNew });
      this.#setInt32(outFlags, flags);
      return SQLITE.OK;
    });
  }

  xDelete(_vfs: number, zName: number, syncDir: number): number {
    const path = this.#place(this.#module.UTF8ToString(zName));
    if (path === null) return SQLITE.IOERR_DELETE_NOENT;
    if (!this.#isLocked()) return SQLITE.IOERR_DELETE;
    return this.#try(SQLITE.IOERR_DELETE, () => {
      if (statOrNull(this.#files, path) === null) return SQLITE.IOERR_DELETE_NOENT;
      this.#files.removeSync(path);
      if (syncDir) syncFolder(this.#files, this.#folder);
      return SQLITE.OK;
    });
  }

  xAccess(_vfs: number, zName: number, flags: number, out: number): number {
    const path = this.#place(this.#module.UTF8ToString(zName));
    return this.#try(SQLITE.IOERR_ACCESS, () => {
      const info = path === null ? null : statOrNull(this.#files, path);
      // os_unix.c: to "exist" a file must hold something; that keeps an empty journal cold.
      const there = info !== null && (flags !== SQLITE.ACCESS_EXISTS || info.size > 0);
      this.#setInt32(out, there ? 1 : 0);
      return SQLITE.OK;
    });
  }

  xFullPathname(_vfs: number, zName: number, size: number, out: number): number {
    const bytes = new TextEncoder().encode(this.#module.UTF8ToString(zName));
    if (bytes.length >= size) return SQLITE.CANTOPEN;
    this.#module.HEAPU8.set(bytes, out);
    this.#module.HEAPU8[out + bytes.length] = 0;
    return SQLITE.OK;
  }

  xRandomness(_vfs: number, size: number, out: number): number {
    crypto.getRandomValues(this.#module.HEAPU8.subarray(out, out + size));
    return size;
  }

  xCurrentTimeInt64(_vfs: number, out: number): number {
    // Milliseconds since the start of the Julian calendar.
    const value = BigInt(Date.now()) + 210_866_760_000_000n;
    this.#view(out, 8).setBigInt64(0, value, true);
    return SQLITE.OK;
  }

  /** Required: after every I/O error the cipher's layer calls it without asking whether it is there. */
  xGetLastError(): number {
    return 0;
  }

  xClose(id: number): number {
    this.#open.get(id)?.handle.close();
    this.#open.delete(id);
    return SQLITE.OK;
  }

  xRead(id: number, out: number, size: number, low: number, high: number): number {
    return this.#withFile(id, SQLITE.IOERR_READ, (handle, { log }) => {
      const buffer = this.#module.HEAPU8.subarray(out, out + size);
      const at = offset(low, high);
      if (!log) handle.seekSync(at, Deno.SeekMode.Start);
      const count = log ? log.read(buffer, at) : readFully(handle, buffer);
      if (count === size) return SQLITE.OK;
      buffer.fill(0, count);
      return SQLITE.IOERR_SHORT_READ;
    });
  }

  xWrite(id: number, data: number, size: number, low: number, high: number): number {
    return this.#withFile(id, SQLITE.IOERR_WRITE, (handle, { log }) => {
      const bytes = this.#module.HEAPU8.subarray(data, data + size);
      const at = offset(low, high);
      if (log) {
        log.write(bytes, at);
        return SQLITE.OK;
      }
      handle.seekSync(at, Deno.SeekMode.Start);
      writeFully(handle, bytes);
      return SQLITE.OK;
    });
  }

  xTruncate(id: number, low: number, high: number): number {
    return this.#withFile(id, SQLITE.IOERR_TRUNCATE, (handle, { log }) => {
      const size = offset(low, high);
      if (log) log.truncate(size);
      else handle.truncateSync(size);
      return SQLITE.OK;
    });
  }

  xSync(id: number): number {
    return this.#withFile(id, SQLITE.IOERR_FSYNC, (handle, file) => {
      if (file.log) file.log.sync();
      else handle.syncDataSync();
      if (file.isNew) {
        syncFolder(this.#files, this.#folder);
        file.isNew = false;
      }
      return SQLITE.OK;
    });
  }

  xFileSize(id: number, out: number): number {
    return this.#withFile(id, SQLITE.IOERR_FSTAT, (handle, { log }) => {
      this.#view(out, 8).setBigInt64(0, BigInt(log ? log.size() : handle.statSync().size), true);
      return SQLITE.OK;
    });
  }

  xLock(id: number, level: number): number {
    const file = this.#open.get(id);
    if (!file || !this.#isLocked()) return SQLITE.IOERR_LOCK;
    file.level = Math.max(file.level, level);
    return SQLITE.OK;
  }

  xUnlock(id: number, level: number): number {
    const file = this.#open.get(id);
    if (file) file.level = Math.min(file.level, level);
    return SQLITE.OK;
  }

  /** Only we can hold a reserved lock: others are kept out before they read. */
  xCheckReservedLock(id: number, out: number): number {
    this.#setInt32(out, (this.#open.get(id)?.level ?? 0) >= SQLITE.LOCK_RESERVED ? 1 : 0);
    return SQLITE.OK;
  }

  xFileControl(): number {
    return SQLITE.NOTFOUND;
  }

  xSectorSize(): number {
    return 4096;
  }

  /** As `os_unix.c` says of ordinary files. */
  xDeviceCharacteristics(): number {
    return SQLITE.IOCAP_POWERSAFE_OVERWRITE;
  }

  #place(name: string): string | null {
    return [MAIN, JOURNAL, LOG].includes(name) ? `${this.#folder}/${name}` : null;
  }

  #withFile(
    id: number,
    code: number,
    call: (handle: StoreFile, file: OpenFile) => number,
  ): number {
    const file = this.#open.get(id);
    if (!file || !this.#isLocked()) return code;
    return this.#try(code, () => call(file.handle, file));
  }

  /** An exception must not cross SQLite's C frames: it becomes a code, and is kept. */
  #try(code: number, call: () => number): number {
    try {
      return call();
    } catch (error) {
      this.#failure = error;
      return isDiskFull(error) ? SQLITE.FULL : code;
    }
  }

  #view(pointer: number, size: number): DataView {
    const heap = this.#module.HEAPU8;
    return new DataView(heap.buffer, heap.byteOffset + pointer, size);
  }

  #setInt32(pointer: number, value: number): void {
    this.#view(pointer, 4).setInt32(0, value, true);
  }
}

/** No space, over quota, or over the largest size a file may have. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/** Emscripten passes 64 bit numbers as two signed halves. */
function offset(low: number, high: number): number {
  return high * 0x1_0000_0000 + (low >>> 0);
}
