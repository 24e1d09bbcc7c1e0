/** One daemon of a profile at a time: the lock ends with its process, however that ends. */
import { lockedInTime } from "../files/file_lock.ts";
import { UsageError } from "../../base/app_error.ts";

/** How long a daemon that is ending is waited for. */
const WAIT_MS = 500;

/** Longest number of a process, digits. */
const PID_DIGITS = 20;

/**
 * Takes the lock until it is disposed of.
 *
 * @param dataDir Data folder of the profile.
 * @throws {UsageError} `daemon.running`, with the number of the process that has it.
 */
export async function lockDaemon(dataDir: string): Promise<Disposable> {
  const path = lockPath(dataDir);
  const file = Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 });
  if (!await lockedInTime(file, true, WAIT_MS)) {
    const pid = daemonPid(dataDir);
    throw new UsageError(
      "daemon.running",
      `ward runs for this profile already${pid === null ? "" : `, as process ${pid}`}`,
      { hint: pid === null ? "End that one first" : `End that one first: kill ${pid}` },
    );
  }
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  return { [Symbol.dispose]: () => file.close() };
}

/** Number of the process that last took the lock; null: none is known. */
export function daemonPid(dataDir: string): number | null {
  try {
    const text = Deno.readTextFileSync(lockPath(dataDir)).trim();
    return /^\d+$/.test(text) && text.length <= PID_DIGITS ? Number(text) : null;
  } catch {
    return null;
  }
}

/** Number of the process that runs as the daemon now; null: none does. */
export async function runningDaemon(dataDir: string): Promise<number | null> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(lockPath(dataDir), { read: true, write: true });
  } catch {
    return null;
  }
  if (!await lockedInTime(file, false, WAIT_MS)) return daemonPid(dataDir);
  file.close();
  return null;
}

const lockPath = (dataDir: string) => `${dataDir}/daemon.lock`;
