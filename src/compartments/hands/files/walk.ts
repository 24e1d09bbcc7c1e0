import type { FileEntry } from "../../../model/cells/hands.ts";
import { SKIPPED_FOLDERS } from "../../../model/cells/hands.ts";
import { toFileError } from "./file_error.ts";
import { join } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";

/** Entries looked at in one call, so that a folder without end still gets an answer. */
export const MAX_ENTRIES = 500_000;
/** After so many entries other calls and a cancellation get their turn. */
const BREATHER = 2048;

/** What a walk left out; filled while it goes. */
export interface WalkReport {
  /** Folders that could not be read. */
  unreadable: number;
  /** {@linkcode MAX_ENTRIES} was reached. */
  truncated: boolean;
}

/** An entry with its absolute place. */
export interface WalkEntry {
  /** Relative to the root. */
  readonly path: string;
  readonly name: string;
  readonly kind: FileEntry["kind"];
  /** From 1. */
  readonly depth: number;
}

/** Options of {@linkcode walk}. */
export interface WalkOptions {
  readonly signal: AbortSignal;
  readonly guard?: PathGuard | undefined;
  /** Skipped folders to enter all the same; never `.git`. */
  readonly enter?: readonly string[] | undefined;
  /** @default Infinity */
  readonly maxDepth?: number | undefined;
  readonly report: WalkReport;
}

/** What is done with an entry. */
export type Visit = (entry: WalkEntry) => "stop" | void | Promise<"stop" | void>;

/**
 * Everything below a folder, each folder before its content, names in order of code units. Links are
 * named, never followed.
 *
 * @param root Resolved absolute path of a folder.
 * @param shown The path as asked for, for messages.
 * @param visit Called for each entry; `"stop"` ends the walk.
 * @throws {AppError} When the root itself cannot be read.
 */
export async function walk(
  root: string,
  shown: string,
  options: WalkOptions,
  visit: Visit,
): Promise<void> {
  const { signal, report } = options;
  const skipped = new Set<string>(SKIPPED_FOLDERS);
  for (const name of options.enter ?? []) if (name !== ".git") skipped.delete(name);
  const maxDepth = options.maxDepth ?? Infinity;
  // One pass over each folder at a time; the deepest is at the end.
  const stack: { entries: Deno.DirEntry[]; next: number; prefix: string }[] = [];
  stack.push({ entries: readSorted(root, shown, options.guard), next: 0, prefix: "" });
  let seen = 0;
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const entry = frame.entries[frame.next++];
    if (!entry) {
      stack.pop();
      continue;
    }
    if (seen++ % BREATHER === 0) await breathe(signal);
    if (seen > MAX_ENTRIES) {
      report.truncated = true;
      return;
    }
    const path = frame.prefix + entry.name;
    const kind = kindOf(entry);
    // Waiting for each of 200,000 entries would cost more than looking at them.
    const visited = visit({ path, name: entry.name, kind, depth: stack.length });
    if ((visited instanceof Promise ? await visited : visited) === "stop") return;
    if (kind !== "dir" || stack.length >= maxDepth || skipped.has(entry.name)) continue;
    try {
      const entries = readSorted(join(root, path), path, options.guard);
      stack.push({ entries, next: 0, prefix: path + "/" });
    } catch (error) {
      // A folder that is gone by now is not worth a word.
      if ((error as { code?: unknown }).code !== "files.not_found") report.unreadable++;
    }
  }
}

/** Lets other calls, and a cancellation of this one, have their turn. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

/** Size and time of an entry, or null when it is gone or its name is no valid text. */
export function entryInfo(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch {
    return null;
  }
}

function readSorted(path: string, shown: string, guard: PathGuard | undefined): Deno.DirEntry[] {
  try {
    guard?.(path, "read");
    const entries = [...Deno.readDirSync(path)];
    return entries.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  } catch (error) {
    throw toFileError(error, shown, "read");
  }
}

function kindOf(entry: Deno.DirEntry): FileEntry["kind"] {
  if (entry.isSymlink) return "link";
  return entry.isDirectory ? "dir" : entry.isFile ? "file" : "other";
}
