/** Opens the files of a store, or makes them; what must not be touched is refused and left as it was. */
import { AppError } from "../../base/app_error.ts";
import type { StoreOpenParams } from "./api.ts";
import { AuditHeadFile, type AuditHeadState, GENESIS } from "./audit_head.ts";
import { AuditLog } from "./audit_log.ts";
import { migrate, SCHEMA_VERSION, schemaVersion } from "./schema.ts";
import { Database } from "./sqlite/database.ts";
import { FileLock } from "./sqlite/file_lock.ts";
import { type FileSystem, statOrNull } from "./sqlite/file_system.ts";
import { checkFirstPage, type FirstPage } from "./sqlite/key_check.ts";
import { corruptError, storeError } from "./store_error.ts";

/** An opened database with what guards it; the lock is not held. */
export interface OpenedDatabase {
  /** Whether this call made it. */
  readonly created: boolean;
  readonly path: string;
  readonly lock: FileLock;
  readonly database: Database;
  readonly audit: AuditLog;
}

/** Opens or makes the database; see `StoreLifecycle.open` in `api.ts`. */
export async function openDatabase(
  { dataDir, keyHex, module, lockTimeoutMs, files }:
    & StoreOpenParams
    & { lockTimeoutMs: number; files: FileSystem },
): Promise<OpenedDatabase> {
  const path = `${dataDir}/ward.db`;
  const lock = new FileLock(`${dataDir}/ward.db.lock`);
  let database: Database | null = null;
  try {
    makeFolder(dataDir);
    // What is refused below leaves every file as it was, this one too.
    await lock.acquire(lockTimeoutMs, { mark: false });
    const headFile = new AuditHeadFile(files, dataDir, keyHex);
    const state = headFile.read();
    const isHot = ["-journal", "-wal"]
      .some((end) => (statOrNull(files, path + end)?.size ?? 0) > 0);
    const page = await checkFirstPage(files, path, keyHex);
    const isNew = judge(page, state, isHot, path);
    lock.claim();
    const head = { count: 0, head: GENESIS, next: null, alarm: null };
    if (isNew) headFile.write({ ...head, created: false }, true);
    const isLocked = () => lock.held;
    database = await Database.open({ module, folder: dataDir, keyHex, files, isLocked });
    if (schemaVersion(database) < SCHEMA_VERSION) {
      database.exec("BEGIN IMMEDIATE");
      migrate(database);
      database.exec("COMMIT");
    }
    const unfinished = state.type === "sealed" && !state.head.created;
    if (isNew || unfinished) headFile.write({ ...head, created: true }, true);
    const audit = new AuditLog(database, headFile);
    audit.settle();
    lock.release();
    return { created: isNew, path, lock, database, audit };
  } catch (error) {
    database?.close();
    lock.close();
    throw storeError(error, path);
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
