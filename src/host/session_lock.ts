/** One process at a time goes on with a session: a second one would close the first one's calls. */
import { UsageError } from "../base/app_error.ts";

/** How long the lock of a session that was just left is waited for. */
const WAIT_MS = 500;

/**
 * Takes the lock of a session until it is disposed of or the process ends, however it ends.
 *
 * @param dataDir Data folder of the profile.
 * @throws {UsageError} `session.in_use`.
 */
export async function lockSession(dataDir: string, sessionId: string): Promise<Disposable> {
  const folder = `${dataDir}/sessions`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = `${folder}/${sessionId}.lock`;
  const file = Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 });
  // flock(2) has no limit of its own here; a lock that comes too late goes with the process.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), WAIT_MS);
  });
  const taken = await Promise.race([file.lock(true).then(() => "taken" as const), late]);
  clearTimeout(timer);
  if (taken === "late") {
    throw new UsageError("session.in_use", `Session "${sessionId}" is in use by another process`, {
      hint: "Wait for it, or start a new session without --resume",
    });
  }
  return {
    [Symbol.dispose]() {
      try {
        Deno.removeSync(path);
      } catch {
        // Removed with the data folder.
      }
      file.close();
    },
  };
}
