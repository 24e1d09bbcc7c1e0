/**
 * Who is at work in a home: every process holds a shared lock on one file in it for as long as it
 * runs, however it ends; whoever removes a profile, or changes its key or state, needs that lock
 * alone.
 */
import { isStillNamed, lockedInTime } from "../files/file_lock.ts";
import { UsageError } from "../../base/app_error.ts";

/** How long a lock is waited for: who holds a home alone is done soon. */
const WAIT_MS = 2_000;

/**
 * Holds a home for the life of the process.
 *
 * @param home Absolute path; exists and is writable.
 * @param alone Whether nobody else may be at work in it.
 * @throws {UsageError} `profile.taken` when another process has the home alone, or removed it just
 *   now; `profile.in_use` when it is to be held alone and another ward is at work.
 */
export async function holdHome(home: string, alone: boolean): Promise<void> {
  for (;;) {
    const file = open(home);
    if (file === null || !await lockedInTime(file, alone, WAIT_MS)) {
      throw alone
        ? new UsageError("profile.in_use", `Another ward is at work in "${home}"`, {
          hint: "End it (a chat, a run in another terminal), then try again: this needs the " +
            "profile alone",
        })
        : new UsageError("profile.taken", `Another process has "${home}" for itself`, {
          hint: "It removes the profile, changes its key or restores it: try again in a moment",
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
