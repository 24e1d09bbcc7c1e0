import { AppError } from "../../../base/app_error.ts";
import { quote, toFileError } from "./file_error.ts";
import type { PathMode } from "./file_error.ts";
import { resolvePath } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";

/** An open regular file. */
export interface OpenFile extends Disposable {
  readonly file: Deno.FsFile;
  readonly sizeBytes: number;
  /** Where it is, behind links. */
  readonly path: string;
}

/**
 * Opens a regular file for reading. Anything else is refused before it is opened, because opening a
 * FIFO waits for its other end. (A program that swaps a file for a FIFO in that moment blocks this
 * one call, which the caller's time limit ends together with the cell.)
 *
 * @param path Absolute.
 * @throws {AppError} `files.*`.
 */
export async function openFile(
  path: string,
  options: { guard?: PathGuard | undefined; signal: AbortSignal },
): Promise<OpenFile> {
  const real = resolvePath(path, "read", options.guard);
  let file: Deno.FsFile | undefined;
  try {
    requireRegular(Deno.statSync(real.path), path, "read");
    file = await unlessAborted(Deno.open(real.path, { read: true }), options.signal);
    const info = file.statSync();
    requireRegular(info, path, "read");
    const opened = file;
    return { file, sizeBytes: info.size, path: real.path, [Symbol.dispose]: () => opened.close() };
  } catch (error) {
    file?.close();
    options.signal.throwIfAborted();
    throw toFileError(error, path, "read");
  }
}

/**
 * Refuses folders, FIFOs, sockets and devices.
 *
 * @throws {AppError} `files.is_folder`, `files.not_a_file`.
 */
export function requireRegular(info: Deno.FileInfo, path: string, mode: PathMode): void {
  if (info.isFile) return;
  if (info.isDirectory) {
    throw new AppError("files.is_folder", `Cannot ${mode} ${quote(path)}: it is a folder`, {
      hint: mode === "read" ? "List it instead" : "Name a file in it",
    });
  }
  const kind = info.isFifo ? "a FIFO" : info.isSocket ? "a socket" : "a device";
  throw new AppError(
    "files.not_a_file",
    `Cannot ${mode} ${quote(path)}: it is ${kind}, not a file`,
  );
}

/**
 * Reads at most `maxBytes`, whatever the file's size is by then.
 *
 * @returns Null when the file is larger.
 */
export function readAtMost(
  file: Deno.FsFile,
  sizeBytes: number,
  maxBytes: number,
): Uint8Array<ArrayBuffer> | null {
  if (sizeBytes > maxBytes) return null;
  let bytes = new Uint8Array(sizeBytes + 1);
  let length = 0;
  for (;;) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null || count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > maxBytes) return null;
    if (length === bytes.length) {
      const larger = new Uint8Array(Math.min(length * 2, maxBytes + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** Gives up waiting when the call is cancelled; a file opened too late is closed. */
async function unlessAborted(opening: Promise<Deno.FsFile>, signal: AbortSignal) {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    opening.then((file) => file.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
