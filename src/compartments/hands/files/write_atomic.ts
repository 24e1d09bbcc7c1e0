/**
 * Puts a whole file in place: a reader sees the old content or the new one, never a part. Written
 * beside it, brought to the disk, renamed. A hard link to the old content keeps the old content.
 * Where the folder may not be written but the file may (a grant of one file), it is written in place
 * and said so.
 */
import { errno, toFileError } from "./file_error.ts";
import { requireRegular } from "./open_file.ts";
import { split } from "./resolve_path.ts";
import type { RealPath } from "./resolve_path.ts";

/** Errors that mean: this folder, or this entry of it, cannot be replaced, only filled. */
const FOLDER_HOLDS = new Set(["EACCES", "EPERM", "EROFS", "EBUSY"]);

/**
 * Writes a file.
 *
 * @param target Resolved: a link is not replaced, what it leads to is.
 * @param path As asked for, for messages.
 * @returns `atomic` is false when it was written in place.
 * @throws {AppError} `files.*`; the old content is then untouched, unless it was written in place.
 */
export async function writeAtomic(
  target: RealPath,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ atomic: boolean }> {
  const { folder } = split(target.path);
  try {
    if (!target.exists) {
      Deno.mkdirSync(folder, { recursive: true });
      await replace(folder, target.path, bytes, null);
      return { atomic: true };
    }
    const info = Deno.statSync(target.path);
    requireRegular(info, path, "write");
    // Renaming asks only the folder; a file that may not be written stays what it is.
    (await Deno.open(target.path, { write: true })).close();
    try {
      await replace(folder, target.path, bytes, info);
      return { atomic: true };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable) && !FOLDER_HOLDS.has(errno(error))) {
        throw error;
      }
    }
    await fill(target.path, bytes);
    return { atomic: false };
  } catch (error) {
    throw toFileError(error, path, "write");
  }
}

async function replace(
  folder: string,
  target: string,
  bytes: Uint8Array<ArrayBuffer>,
  old: Deno.FileInfo | null,
): Promise<void> {
  const random = crypto.getRandomValues(new Uint8Array(8));
  const temporary = `${folder === "/" ? "" : folder}/.ward-${hex(random)}.tmp`;
  // Nobody else may read it before it has the mode of the old file; a new one gets the usual mode.
  const file = await Deno.open(temporary, {
    write: true,
    createNew: true,
    mode: old ? 0o600 : 0o666,
  });
  try {
    try {
      await writeAll(file, bytes);
      if (old) keepOwnerAndMode(temporary, old);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, target);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // The first error says more.
    }
    throw error;
  }
  syncFolder(folder);
}

async function fill(target: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  using file = await Deno.open(target, { write: true });
  await writeAll(file, bytes);
  await file.truncate(bytes.length);
  await file.sync();
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

function keepOwnerAndMode(temporary: string, old: Deno.FileInfo): void {
  const made = Deno.statSync(temporary);
  if (old.uid !== null && old.gid !== null && (old.uid !== made.uid || old.gid !== made.gid)) {
    try {
      Deno.chownSync(temporary, old.uid, old.gid);
    } catch {
      // Only root may give a file away; in a cell nobody can. The mode below still holds.
    }
  }
  // The set-id bits go, as with write(2).
  if (old.mode !== null) Deno.chmodSync(temporary, old.mode & 0o777);
}

/** Brings the new name to the disk; some file systems do not offer it. */
function syncFolder(folder: string): void {
  try {
    const file = Deno.openSync(folder, { read: true });
    try {
      file.syncSync();
    } finally {
      file.close();
    }
  } catch {
    // The content is on the disk already.
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
