/**
 * One lock for the whole store: the database, its log and the audit head. As in SQLite's
 * own `unix-flock` VFS it is exclusive for readers too, so nobody ever sees a state between
 * two transactions, there is no upgrade that could deadlock, and a writer cannot starve.
 *
 * `flock(2)` belongs to the open file: the system lets go when the process ends, however it
 * ends. Waiters queue in the system, in order, without polling.
 *
 * The file holds a mark of whoever had the lock last, so that a holder can tell whether anybody
 * was in between and what it remembers of the database is out of date.
 */
import { AppError } from "../../../base/app_error.ts";
import { readFully, writeFully } from "./file_system.ts";

/** A lock file. */
export class FileLock {
  readonly #path: string;
  readonly #mark = crypto.getRandomValues(new Uint8Array(16));
  #file: Deno.FsFile | null = null;
  #held = false;

  /** @param path The lock file; made when missing, and never removed. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether this object holds the lock. */
  get held(): boolean {
    return this.#held;
  }

  /**
   * Takes the lock. Not re-entrant: callers queue before it.
   *
   * @param timeoutMs Longest wait.
   * @param options `mark`: leave ours. Who does not must call {@linkcode claim} before it writes.
   * @default {true}
   * @returns Whether nobody else had the lock since this object had it last.
   * @throws {AppError} `store.busy` when another process kept it longer.
   */
  async acquire(timeoutMs: number, options: { mark: boolean } = { mark: true }): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const file = this.#file ??
        Deno.openSync(this.#path, { read: true, write: true, create: true, mode: 0o600 });
      this.#file = null;
      await lockWithin(file, Math.max(0, deadline - performance.now()));
      this.#file = file;
      // Someone may have removed or replaced the file meanwhile: a lock on a file that has no
      // name any more keeps nobody out.
      if (isStill(file, this.#path)) {
        this.#held = true;
        const isMine = this.#isMarked(file);
        if (!isMine && options.mark) this.claim();
        return isMine;
      }
      this.close();
    }
  }

  /** Lets go. */
  release(): void {
    this.#held = false;
    this.#file?.unlockSync();
  }

  /** Leaves our mark: from now on everybody else is out of date. */
  claim(): void {
    this.#file?.seekSync(0, Deno.SeekMode.Start);
    if (this.#file) writeFully(this.#file, this.#mark);
  }

  #isMarked(file: Deno.FsFile): boolean {
    const found = new Uint8Array(this.#mark.length);
    file.seekSync(0, Deno.SeekMode.Start);
    const count = readFully(file, found);
    return count === found.length && found.every((byte, at) => byte === this.#mark[at]);
  }

  /** Lets go and closes the file. */
  close(): void {
    this.#held = false;
    this.#file?.close();
    this.#file = null;
  }
}

async function lockWithin(file: Deno.FsFile, waitMs: number): Promise<void> {
  const locked = file.lock(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<"expired">((resolve) => {
    timer = setTimeout(() => resolve("expired"), waitMs);
  });
  try {
    if (await Promise.race([locked, expired]) !== "expired") return;
  } catch (error) {
    file.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  // The wait in the system cannot be called off: the file is closed, and with it the lock gone,
  // as soon as it ends.
  locked.catch(() => {}).finally(() => file.close());
  throw new AppError("store.busy", `Waited ${Math.round(waitMs)} ms for the state database`, {
    hint: "Another ward holds it: end or continue that process, then try again",
  });
}

function isStill(file: Deno.FsFile, path: string): boolean {
  try {
    const [mine, named] = [file.statSync(), Deno.statSync(path)];
    return mine.ino === named.ino && mine.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
