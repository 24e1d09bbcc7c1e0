/**
 * Who is at work in a home: every process holds a shared lock on one file in it for as long as it
 * runs, however it ends; whoever removes a profile needs that lock alone.
 */
import { isStillNamed, lockedInTime } from "../files/file_lock.ts";
import { UsageError } from "../../base/app_error.ts";

/** How long a lock is waited for: a removal under way ends soon. */
const WAIT_MS = 2_000;

/**
 * Holds a home for the life of the process.
 *
 * @param home Absolute path; exists and is writable.
 * @throws {UsageError} `profile.removed` when the home is being removed or was just now.
 */
export async function holdHome(home: string): Promise<void> {
  for (;;) {
    const file = open(home);
    if (file === null || !await lockedInTime(file, false, WAIT_MS)) {
      throw new UsageError("profile.removed", `"${home}" is being removed by another process`, {
        hint: "Choose another profile with -p, or try again",
      });
    }
    // The folder may have been removed, and made again, before the lock was ours.
    if (isStillNamed(lockPath(home), file)) return;
    file.close();
  }
}

/**
 * Takes a home for oneself, to remove it.
 *
 * @returns null when a process is at work in it.
 */
export async function takeHome(home: string): Promise<Disposable | null> {
  const file = open(home);
  if (file === null || !await lockedInTime(file, true, WAIT_MS)) return null;
  return { [Symbol.dispose]: () => file.close() };
}

function lockPath(home: string): string {
  return `${home}/in_use.lock`;
}

function open(home: string): Deno.FsFile | null {
  try {
    const options = { create: true, read: true, write: true, mode: 0o600 };
    return Deno.openSync(lockPath(home), options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
