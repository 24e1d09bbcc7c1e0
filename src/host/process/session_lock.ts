/** One process at a time goes on with a session: a second one would close the first one's calls. */
import { isStillNamed, lockedInTime } from "../files/file_lock.ts";
import { UsageError } from "../../base/app_error.ts";

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
  for (;;) {
    const file = Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 });
    if (!await lockedInTime(file, true, WAIT_MS)) {
      throw new UsageError(
        "session.in_use",
        `Session "${sessionId}" is in use by another process`,
        { hint: "Wait for it, or start a new session without --resume" },
      );
    }
    // Whoever held it before may have removed the name meanwhile; then this lock guards nothing.
    if (isStillNamed(path, file)) {
      return {
        [Symbol.dispose]() {
          try {
            Deno.removeSync(path);
          } catch {
            // The folder is gone or closed now: the lock ends with the file all the same.
          }
          file.close();
        },
      };
    }
    file.close();
  }
}
