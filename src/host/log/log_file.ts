/**
 * The log of a profile: JSON lines in `<home>/logs/ward.log`, kept within a bound. Lines are held
 * back a moment and written together, each batch by one append, so that several processes on one
 * profile never mix theirs. A log that cannot be written is told once and stops nothing.
 */
import { lockedFileSync } from "../files/file_lock.ts";
import type { Log } from "../../kernel/ports.ts";
import { isLogged, type LogEntry, type LogFields, type LogLevel } from "../../model/log.ts";

/** Size at which a file is put aside, bytes. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Files put aside that are kept: `ward.log.1` is the newest. */
const KEPT = 4;

/** How long lines are held back, ms. */
const HELD_MS = 250;

/** Longest text of one field; a log is no place for content. */
const MAX_TEXT = 2_000;

/** The log of this process. */
export interface LogFile extends Log {
  /** Writes what is held back. */
  flush(): void;
}

/** Path of the log that is written to. */
export function logPath(home: string): string {
  return `${home}/logs/ward.log`;
}

/** Paths of all log files, the oldest first. */
export function logPaths(home: string): string[] {
  const path = logPath(home);
  return [...Array.from({ length: KEPT }, (_, index) => `${path}.${KEPT - index}`), path];
}

/**
 * Opens a log; nothing is made before the first line.
 *
 * @param options `secrets`: values that never reach the file, as of each line. `onProblem`: told once, when the
 * file cannot be written. `maxBytes`: @default 2 MB.
 */
export function createLogFile(options: {
  home: string;
  level: LogLevel;
  now: () => number;
  secrets(): readonly string[];
  onProblem(path: string, error: unknown): void;
  maxBytes?: number | undefined;
}): LogFile {
  const { home, level: least, now, maxBytes = MAX_BYTES } = options;
  const path = logPath(home);
  let from: readonly string[] = [];
  let secrets: readonly string[] = [];
  let held = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBroken = false;
  const clean = (text: string) => {
    const now = options.secrets();
    if (now !== from) {
      from = now;
      // Longer ones first: one may be the beginning of another.
      secrets = now.filter((one) => one.length >= 4).toSorted((a, b) => b.length - a.length);
    }
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
      .slice(0, MAX_TEXT);
  };

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = new TextEncoder().encode(held);
    held = "";
    if (batch.length === 0 || isBroken) return;
    try {
      append(path, batch, maxBytes);
    } catch (error) {
      isBroken = true;
      options.onProblem(path, error);
    }
  };
  return {
    write(level, event, fields = {}) {
      if (!isLogged(level, least) || isBroken) return;
      const entry: LogEntry = {
        time: new Date(now()).toISOString(),
        level,
        event,
        pid: Deno.pid,
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [
            name,
            typeof value === "string" ? clean(value) : value,
          ]),
        ) satisfies LogFields,
      };
      held += JSON.stringify(entry) + "\n";
      if (held.length > 64 * 1024) return flush();
      if (timer !== undefined) return;
      timer = setTimeout(flush, HELD_MS);
      Deno.unrefTimer(timer as unknown as number);
    },
    flush,
  };
}

function append(path: string, batch: Uint8Array, maxBytes: number): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const options = { create: true, append: true, mode: 0o600 };
  // Held while the files are put aside, so that no other process does the same or writes meanwhile.
  using _ = lockedFileSync(`${path}.lock`);
  if (sizeOf(path) + batch.length > maxBytes && sizeOf(path) > 0) putAside(path);
  using file = Deno.openSync(path, options);
  for (let done = 0; done < batch.length;) done += file.writeSync(batch.subarray(done));
}

function putAside(path: string): void {
  for (let number = KEPT; number > 0; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    if (sizeOf(from) > 0) Deno.renameSync(from, `${path}.${number}`);
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
