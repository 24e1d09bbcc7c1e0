/** Copies the files of a store between two transactions, whoever writes to it. */
import type { CopyOutParams } from "../api.ts";
import { openDatabase } from "../open_database.ts";
import type { FileLock } from "../sqlite/file_lock.ts";
import {
  denoFileSystem,
  type FileSystem,
  readFully,
  syncFolder,
  writeFully,
} from "../sqlite/file_system.ts";
import { storeError } from "../store_error.ts";

/** Files that make a store, once the log is worked off. */
const FILES = ["ward.db", "audit.head"];

/** Bytes copied in one piece. */
const PIECE_BYTES = 1024 * 1024;

/**
 * See `StoreCopies.copyOut` in `api.ts`.
 *
 * @returns The lock of the store, still held: nobody writes until it is closed.
 */
export async function copyOut(
  params: CopyOutParams,
  { files = denoFileSystem }: { readonly files?: FileSystem | undefined } = {},
): Promise<FileLock> {
  const { to, dataDir, lockTimeoutMs = 120_000 } = params;
  const { database, lock, path } = await openDatabase({ ...params, lockTimeoutMs, files });
  try {
    await lock.acquire(lockTimeoutMs);
    // Whoever wrote since it was opened has left a log that this connection does not know.
    database.reconnect();
    database.workOffLog();
    // With the lock it takes the log with it: what is left is two files.
    database.close();
    for (const name of FILES) copyFile(files, `${dataDir}/${name}`, `${to}/${name}`);
    syncFolder(files, to);
    return lock;
  } catch (error) {
    database.close();
    lock.close();
    throw storeError(error, path);
  }
}

function copyFile(files: FileSystem, from: string, to: string): void {
  const source = files.openSync(from, { read: true });
  try {
    const target = files.openSync(to, { write: true, createNew: true, mode: 0o600 });
    try {
      const piece = new Uint8Array(PIECE_BYTES);
      for (;;) {
        const count = readFully(source, piece);
        if (count === 0) break;
        writeFully(target, piece.subarray(0, count));
      }
      target.syncDataSync();
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}
