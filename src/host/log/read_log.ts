/** Reads the log of a profile. */
import { AppError } from "../../base/app_error.ts";
import { logPath, logPaths } from "./log_file.ts";

/** How often a followed log is looked at, ms. */
const LOOK_MS = 200;

/**
 * All lines of the log, those that were put aside too, the oldest first.
 *
 * @throws {AppError} `logs.unreadable`.
 */
export function readLog(home: string): string[] {
  return logPaths(home).flatMap((path) => linesOf(readFrom(path, 0)));
}

/**
 * Lines that are added from now on, whole ones only, also after the file was put aside.
 *
 * @param signal Ends it.
 * @throws {AppError} `logs.unreadable`.
 */
export async function* followLog(home: string, signal: AbortSignal): AsyncGenerator<string> {
  const path = logPath(home);
  let at = placeOf(path);
  while (!signal.aborted) {
    const now = placeOf(path);
    if (now.inode !== at.inode && at.inode !== null) {
      // What was written before it was put aside is in the newest of those.
      const rest = placeOf(`${path}.1`);
      if (rest.inode === at.inode) yield* linesOf(readFrom(`${path}.1`, at.size));
      at = { inode: now.inode, size: 0 };
    }
    const text = now.size > at.size ? readFrom(path, at.size) : new Uint8Array();
    const whole = text.subarray(0, text.lastIndexOf(0x0a) + 1);
    yield* linesOf(whole);
    at = { inode: now.inode, size: at.size + whole.length };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
}

function placeOf(path: string): { inode: number | null; size: number } {
  try {
    const { ino, size } = Deno.statSync(path);
    return { inode: ino, size };
  } catch {
    return { inode: null, size: 0 };
  }
}

function readFrom(path: string, from: number): Uint8Array {
  try {
    return Deno.readFileSync(path).subarray(from);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return new Uint8Array();
    throw new AppError("logs.unreadable", `Cannot read the log "${path}"`, {
      cause,
      hint: "Check whose it is and its mode",
    });
  }
}
