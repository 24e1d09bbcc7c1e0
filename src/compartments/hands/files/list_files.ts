import { AppError } from "../../../base/app_error.ts";
import type { FileEntry, HandsApi } from "../../../model/cells/hands.ts";
import { toFileError } from "./file_error.ts";
import { join, resolvePath } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";
import { entryInfo, walk } from "./walk.ts";

/** Entries of one listing. */
const MAX_LISTED = 1000;
const MAX_DEPTH = 20;
/** Paths of one search for names. */
const DEFAULT_FOUND = 500;
const MAX_FOUND = 5000;

interface Options {
  guard?: PathGuard | undefined;
  signal: AbortSignal;
}

/** See `HandsApi.listFiles`. */
export async function listFiles(
  params: Parameters<HandsApi["listFiles"]>[0],
  options: Options,
): Promise<ReturnType<HandsApi["listFiles"]>> {
  const root = resolvePath(params.path, "read", options.guard).path;
  const maxDepth = Math.min(MAX_DEPTH, Math.max(1, Math.trunc(params.depth ?? 1)));
  const report = { unreadable: 0, truncated: false };
  const entries: FileEntry[] = [];
  let omitted = 0;
  const walking = { ...options, maxDepth, enter: params.enter, report };
  await walk(root, params.path, walking, ({ path, kind }) => {
    if (entries.length >= MAX_LISTED) {
      omitted++;
      return;
    }
    const sizeBytes = kind === "file" ? entryInfo(join(root, path))?.size ?? null : null;
    entries.push({ path, kind, sizeBytes });
  });
  return { entries, omitted, ...report };
}

/** See `HandsApi.fileFacts`. */
export async function fileFacts(
  { path }: Parameters<HandsApi["fileFacts"]>[0],
  { guard }: Pick<Options, "guard">,
): Promise<ReturnType<HandsApi["fileFacts"]>> {
  try {
    const real = resolvePath(path, "read", guard).path;
    const { isFile, isDirectory, size, mtime } = await Deno.stat(real)
      .catch((error) => Promise.reject(toFileError(error, path, "read")));
    const kind = isFile ? "file" : isDirectory ? "folder" : "special file";
    return { fact: { kind, sizeBytes: size, modifiedMs: mtime?.getTime() ?? null } };
  } catch (error) {
    if (error instanceof AppError && error.code === "files.not_found") return { fact: null };
    throw error;
  }
}

/** See `HandsApi.findFiles`. */
export async function findFiles(
  params: Parameters<HandsApi["findFiles"]>[0],
  options: Options,
): Promise<ReturnType<HandsApi["findFiles"]>> {
  const root = resolvePath(params.path, "read", options.guard).path;
  const limit = Math.min(MAX_FOUND, Math.max(1, Math.trunc(params.limit ?? DEFAULT_FOUND)));
  const regex = new RegExp(params.pattern.regex);
  const report = { unreadable: 0, truncated: false };
  let found: { path: string; timeMs: number }[] = [];
  let total = 0;
  const newestFirst = () => {
    found.sort((a, b) => b.timeMs - a.timeMs || (a.path < b.path ? -1 : 1));
    found = found.slice(0, limit);
  };
  const walking = { ...options, enter: params.enter, report };
  await walk(root, params.path, walking, ({ path, name, kind }) => {
    if (kind === "dir" || !regex.test(params.pattern.on === "name" ? name : path)) return;
    total++;
    found.push({ path, timeMs: entryInfo(join(root, path))?.mtime?.getTime() ?? 0 });
    // Only the newest are kept, so memory does not grow with what matches.
    if (found.length >= limit * 4) newestFirst();
  });
  newestFirst();
  return { paths: found.map(({ path }) => path), omitted: total - found.length, ...report };
}
