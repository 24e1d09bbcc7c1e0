/** An open file, as the store uses it: a part of `Deno.FsFile`. */
export type StoreFile =
  & Pick<
    Deno.FsFile,
    | "readSync"
    | "writeSync"
    | "seekSync"
    | "truncateSync"
    | "syncSync"
    | "syncDataSync"
    | "statSync"
  >
  & { close(): void };

/**
 * The file calls of the store, so that a test can end the process, or fill the disk, inside any
 * of them. Same contracts and errors as the functions of `Deno` they are named after.
 */
export interface FileSystem {
  openSync(path: string, options: Deno.OpenOptions): StoreFile;
  statSync(path: string): Deno.FileInfo;
  removeSync(path: string): void;
  renameSync(from: string, to: string): void;
}

/** The real files. */
export const denoFileSystem: FileSystem = {
  openSync: (path, options) => Deno.openSync(path, options),
  statSync: (path) => Deno.statSync(path),
  removeSync: (path) => Deno.removeSync(path),
  renameSync: (from, to) => Deno.renameSync(from, to),
};

/** Reads until `buffer` is full or the file ends; returns the bytes read. */
export function readFully(file: StoreFile, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = file.readSync(buffer.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Writes all of `bytes`: one `write` may take fewer. */
export function writeFully(file: StoreFile, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += file.writeSync(bytes.subarray(done));
}

/**
 * Makes a created, renamed or removed entry of a folder durable: on Unix an fsync of the file
 * alone does not (fsync(2)). Where folders cannot be opened (Windows) there is nothing to do.
 */
export function syncFolder(files: FileSystem, folder: string): void {
  if (Deno.build.os === "windows") return;
  const handle = files.openSync(folder, { read: true });
  try {
    handle.syncSync();
  } finally {
    handle.close();
  }
}

/** Information on a path, or null if nothing is there. */
export function statOrNull(files: FileSystem, path: string): Deno.FileInfo | null {
  try {
    return files.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
