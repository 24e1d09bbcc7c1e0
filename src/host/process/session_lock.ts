/** One process at a time goes on with a session: a second one would close the first one's calls. */
import * as z from "zod";
import { isStillNamed, lockedInTime } from "../files/file_lock.ts";
import { UsageError } from "../../base/app_error.ts";
import type { HeldSession } from "../../model/conversation/activity.ts";

/** How long the lock of a session that was just left is waited for. */
const WAIT_MS = 500;

/**
 * Takes the lock of a session until it is disposed of or the process ends, however it ends. The file
 * says who holds it.
 *
 * @param dataDir Data folder of the profile.
 * @param nowMs The time, ms since the epoch.
 * @throws {UsageError} `session.in_use`.
 */
export async function lockSession(
  dataDir: string,
  sessionId: string,
  nowMs: number,
): Promise<Disposable> {
  const folder = lockFolder(dataDir);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = `${folder}/${sessionId}${SUFFIX}`;
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
      file.truncateSync();
      file.writeSync(new TextEncoder().encode(JSON.stringify({ pid: Deno.pid, sinceMs: nowMs })));
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

/** Tells which sessions living processes hold; lives as long as the process that looks. */
export class SessionWatch {
  readonly #folder: string;
  /** By name and inode: a session that was left and taken again has another file. */
  readonly #seen = new Map<string, { isHeld: boolean }>();

  /** @param dataDir Data folder of the profile. */
  constructor(dataDir: string) {
    this.#folder = lockFolder(dataDir);
  }

  /**
   * Those that are held now. A lock that is asked for and does not come is held; it is waited for in
   * the background, so that its coming tells of the end of its holder.
   *
   * @throws What the folder throws when it cannot be read; one that is not there holds nothing.
   */
  async look(): Promise<HeldSession[]> {
    const asked: Promise<void>[] = [];
    const now = new Map<string, HeldSession>();
    for (const sessionId of this.#names()) {
      const path = `${this.#folder}/${sessionId}${SUFFIX}`;
      const file = openOrNull(path);
      if (file === null) continue;
      const key = `${sessionId} ${file.statSync().ino}`;
      now.set(key, { sessionId, holder: holderIn(file) });
      if (this.#seen.get(key)?.isHeld) {
        file.close();
        continue;
      }
      const state = { isHeld: true };
      this.#seen.set(key, state);
      asked.push(
        file.lock(false).catch(() => {}).then(() => {
          state.isHeld = false;
          file.close();
        }),
      );
    }
    for (const key of this.#seen.keys()) if (!now.has(key)) this.#seen.delete(key);
    await settled(asked);
    return [...now].flatMap(([key, held]) => this.#seen.get(key)?.isHeld ? [held] : []);
  }

  #names(): string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].map(({ name }) => name)
        .filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length))
        .sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }
}

const SUFFIX = ".lock";

const holderSchema = z.object({ pid: z.number(), sinceMs: z.number() });

const lockFolder = (dataDir: string) => `${dataDir}/sessions`;

/** Waits for all of them, at most so long as a lock that is free may take to come. */
async function settled(asked: readonly Promise<void>[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WAIT_MS);
  });
  await Promise.race([Promise.all(asked), late]);
  clearTimeout(timer);
}

function openOrNull(path: string): Deno.FsFile | null {
  try {
    return Deno.openSync(path, { read: true });
  } catch {
    // It was just left.
    return null;
  }
}

/** Windows keeps others from reading what is locked. */
function holderIn(file: Deno.FsFile): HeldSession["holder"] {
  try {
    const bytes = new Uint8Array(200);
    const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
