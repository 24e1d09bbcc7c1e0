/**
 * Files with tokens in ward's home. What another user could have put there is not read: a link,
 * a file of another user, one that others can write, or one in a folder that others can write.
 */
import { AppError } from "../../base/app_error.ts";
import { writePrivateFile } from "../files/write_file.ts";
import { realOrNull, shellWord } from "../files/user_path.ts";

/** Tokens are a few kilobytes. */
const LIMIT_BYTES = 256 * 1024;

/**
 * Reads a file with tokens of ward's own.
 *
 * @param path Absolute.
 * @returns null when there is none.
 * @throws {AppError} `account.file`; also where others can read it: they may have.
 */
export function readPrivateFile(path: string): string | null {
  const read = readTokenFile(path);
  if (read?.isOpen) {
    throw unsafe(path, "other users can read it", `chmod 600 ${shellWord(path)}`);
  }
  return read?.text ?? null;
}

/**
 * Reads a file with tokens of another program, by the same rules but two: its user may keep it
 * elsewhere, so links are followed first, and who may read it is that program's own matter.
 *
 * @returns null when there is none.
 * @throws {AppError} `account.file`.
 */
export function readForeignFile(path: string): string | null {
  const real = realOrNull(path);
  return real === null ? null : readTokenFile(real)?.text ?? null;
}

function readTokenFile(path: string): { text: string; isOpen: boolean } | null {
  const named = lstatOrNull(path);
  if (named === null) return null;
  if (named.isSymlink) throw unsafe(path, "it is a link", `rm ${shellWord(path)}`);
  if (!named.isFile) throw unsafe(path, "it is no file", `rm -r ${shellWord(path)}`);
  const folder = path.slice(0, path.lastIndexOf("/"));
  refuseForeign(folder, Deno.lstatSync(folder));
  using file = Deno.openSync(path, { read: true });
  const info = file.statSync();
  if (info.ino !== named.ino || info.dev !== named.dev) {
    throw unsafe(path, "another file took its place meanwhile", "ls -l " + shellWord(path));
  }
  refuseForeign(path, info);
  if (info.size > LIMIT_BYTES) throw unsafe(path, "it is too large", `rm ${shellWord(path)}`);
  const isOpen = hasModes() && ((info.mode ?? 0) & 0o077) !== 0;
  const bytes = new Uint8Array(info.size);
  for (let done = 0; done < bytes.length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return { text: new TextDecoder().decode(bytes), isOpen };
}

/**
 * Writes a file with tokens whole or not at all, mode 0600, in a folder of its own (0700). A link
 * that stands there is replaced, not followed.
 *
 * @throws {AppError} `account.file` where the folder is not ward's alone.
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  refuseForeign(folder, Deno.lstatSync(folder));
  const pieces = async function* () {
    yield text;
  };
  await writePrivateFile(path, pieces());
}

/**
 * Tries whether {@linkcode writePrivate} would write there; nothing is left behind but the folder.
 *
 * @throws {AppError} `account.file`.
 */
export function checkPrivatePlace(path: string): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  if (lstatOrNull(path)?.isDirectory) {
    throw unsafe(path, "it is no file", `rm -r ${shellWord(path)}`);
  }
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    refuseForeign(folder, Deno.lstatSync(folder));
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".probe-" }));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("account.file", `Cannot keep a login in "${folder}": it cannot be written`, {
      cause,
      hint: `Make room there, or make it yours: ls -ld ${shellWord(folder)}`,
    });
  }
}

/**
 * Removes it; false when it was not there. A link goes, not what it leads to.
 *
 * @throws {AppError} `account.file` where a folder stands there.
 */
export function removePrivate(path: string): boolean {
  if (lstatOrNull(path)?.isDirectory) {
    throw unsafe(path, "it is no file", `rm -r ${shellWord(path)}`);
  }
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function refuseForeign(path: string, info: Deno.FileInfo): void {
  if (info.isSymlink) throw unsafe(path, "it is a link", `ls -ld ${shellWord(path)}`);
  if (!hasModes()) return;
  const uid = Deno.uid();
  if (uid !== null && info.uid !== null && info.uid !== uid) {
    throw unsafe(path, "it belongs to another user", `ls -ld ${shellWord(path)}`);
  }
  if (((info.mode ?? 0) & 0o022) !== 0) {
    throw unsafe(path, "other users can change it", `chmod go-w ${shellWord(path)}`);
  }
}

const hasModes = () => Deno.build.os !== "windows";

function lstatOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isMissing) return null;
    throw error;
  }
}

function unsafe(path: string, why: string, look: string): AppError {
  return new AppError("account.file", `Cannot use the login in "${path}": ${why}`, {
    hint: `Put it right: ${look}; where others were at it, log in anew`,
  });
}
