import { lockedInTime } from "../files/file_lock.ts";
import { shellWord } from "../files/user_path.ts";
import { AppError } from "../../base/app_error.ts";

/** Longer than a renewal takes whose service does not answer. */
const WAIT_MS = 45_000;

/**
 * Waits until no other process renews the login of a folder. The folder itself is locked, so that
 * in one that is another program's nothing is left behind.
 *
 * @param folder Absolute; made (0700) where it is missing.
 * @param waitMs Longest wait. @default {45_000}
 * @throws {AppError} `account.locked`; `account.file`: it cannot be made or opened.
 */
export async function lockedFolder(folder: string, waitMs = WAIT_MS): Promise<Deno.FsFile> {
  const file = opened(folder);
  let isMine = false;
  try {
    isMine = await lockedInTime(file, true, waitMs);
  } catch (error) {
    file.close();
    throw error;
  }
  if (isMine) return file;
  // A lock that comes late is for nobody: it is let go as soon as it is there.
  file.lock(true).then(() => file.close(), () => file.close());
  throw new AppError("account.locked", `Another process holds the login in "${folder}"`, {
    hint: "Wait for it or end it (a ward or codex that hangs), and try again",
  });
}

function opened(folder: string): Deno.FsFile {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return Deno.build.os === "windows"
      ? Deno.openSync(`${folder}/.lock`, { create: true, read: true, write: true, mode: 0o600 })
      : Deno.openSync(folder, { read: true });
  } catch (cause) {
    throw new AppError("account.file", `Cannot lock the login in "${folder}"`, {
      cause,
      hint: `Move away what is in the way, or make it yours: ls -ld ${shellWord(folder)}`,
    });
  }
}
