import { AppError } from "../../base/app_error.ts";
import { SQLITE } from "./sqlite/constants.ts";
import { SqliteError } from "./sqlite/database.ts";
import { isDiskFull } from "./sqlite/vfs.ts";

/**
 * What went wrong, for people. SQLite's own text is left out: it may quote stored values.
 *
 * @param error What a file call or SQLite threw.
 * @param path The database, to be named.
 */
export function storeError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const options = { cause: error };
  const file = error instanceof SqliteError ? error.cause ?? null : error;
  if (isDiskFull(file) || (error instanceof SqliteError && error.code === SQLITE.FULL)) {
    return new AppError("store.disk_full", `Cannot write "${path}": the disk is full`, {
      ...options,
      hint: "Free some space, then try again: what was stored before is intact",
    });
  }
  if (isDenied(file)) {
    return new AppError("store.denied", `Cannot write "${path}": the system refused it`, {
      ...options,
      hint: "Make the data folder and its files yours and writable",
    });
  }
  if (error instanceof SqliteError && file === null) {
    switch (error.code & 0xff) {
      case SQLITE.CORRUPT:
      case SQLITE.NOTADB:
        return corruptError(path, options);
      case SQLITE.CONSTRAINT:
        return new AppError("store.conflict", "Cannot store the row: one like it exists", options);
    }
  }
  const what = error instanceof SqliteError
    ? `SQLite code ${error.code}`
    : error instanceof Error
    ? error.name
    : "unknown";
  return new AppError("store.io", `Cannot use "${path}": ${what}`, {
    ...options,
    hint: "Check the disk and the data folder, then try again",
  });
}

/** The file is damaged; the key fits it. */
export function corruptError(path: string, options: ErrorOptions = {}): AppError {
  return new AppError("store.corrupt", `Cannot read "${path}": the file is damaged`, {
    ...options,
    hint: "Restore ward.db and audit.head from one backup, or move both away to start afresh",
  });
}

function isDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : null;
  return code === "EACCES" || code === "EPERM" || code === "EROFS" ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
}
