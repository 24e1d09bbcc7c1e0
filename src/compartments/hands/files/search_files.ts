/**
 * Lines that match. A regular expression from a model can take for ever on a line; that blocks only
 * this worker, and the kernel's time limit ends the cell.
 */
import type { SearchParams, SearchResult } from "../../../model/cells/hands.ts";
import { toFileError } from "./file_error.ts";
import { readAtMost, requireRegular } from "./open_file.ts";
import { join, resolvePath } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";
import { binaryKind, bomLength, SNIFF_BYTES, sniffForm } from "./text/text_codec.ts";
import { breathe, walk } from "./walk.ts";

const DEFAULT_MATCHES = 200;
const MAX_MATCHES = 2000;
/** Larger files are not searched. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Characters of a line that are searched: a pattern can take quadratic time. */
const MAX_LINE_CHARS = 16_384;
/** Characters of a line that are shown, around the match. */
const SHOWN_CHARS = 300;
/** Bytes between two looks at the signal. */
const BREATHER_BYTES = 8 * 1024 * 1024;

/** See `HandsApi.searchFiles`. */
export async function searchFiles(
  params: SearchParams,
  options: { guard?: PathGuard | undefined; signal: AbortSignal },
): Promise<SearchResult> {
  const root = resolvePath(params.path, "read", options.guard).path;
  const info = statRoot(root, params.path);
  const { regex, literal } = compile(params.pattern, params.ignoreCase ?? false);
  const limit = Math.min(MAX_MATCHES, Math.max(1, Math.trunc(params.limit ?? DEFAULT_MATCHES)));
  const include = params.include ? new RegExp(params.include.regex) : null;
  const report = { unreadable: 0, truncated: false };
  const result: SearchResult = {
    matches: [],
    filesSearched: 0,
    more: false,
    literal,
    skippedBinary: 0,
    skippedLarge: 0,
    longLines: 0,
    ...report,
  };
  let unbrokenBytes = 0;

  function searchOne(path: string): "stop" | Promise<void> | void {
    const text = readText(join(root, path), result, options.guard);
    if (text === null) return;
    searchText(text, regex, limit, path, result);
    if (result.more) return "stop";
    unbrokenBytes += text.length;
    if (unbrokenBytes > BREATHER_BYTES) {
      unbrokenBytes = 0;
      return breathe(options.signal);
    }
  }

  if (info.isFile) {
    // Unlike in a walk, what is wrong with the one file that was named is an error.
    requireRegular(info, params.path, "read");
    searchOne("");
    return result;
  }
  const walking = { ...options, enter: params.enter, report };
  await walk(root, params.path, walking, ({ path, name, kind }) => {
    if (kind !== "file") return;
    if (include && !include.test(params.include?.on === "name" ? name : path)) return;
    return searchOne(path);
  });
  result.unreadable += report.unreadable;
  result.truncated = report.truncated;
  return result;
}

/** Unicode-aware first; then as JavaScript took it before; then as text. */
function compile(pattern: string, ignoreCase: boolean): { regex: RegExp; literal: boolean } {
  const flags = ignoreCase ? "i" : "";
  try {
    return { regex: new RegExp(pattern, flags + "u"), literal: false };
  } catch {
    // Such as `\-`, which Unicode mode does not know.
  }
  try {
    return { regex: new RegExp(pattern, flags), literal: false };
  } catch {
    const escaped = pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    return { regex: new RegExp(escaped, flags), literal: true };
  }
}

function statRoot(root: string, path: string): Deno.FileInfo {
  try {
    const info = Deno.statSync(root);
    if (!info.isDirectory) requireRegular(info, path, "read");
    return info;
  } catch (error) {
    throw toFileError(error, path, "read");
  }
}

/** Text of a file, or null when it is skipped, which is counted. */
function readText(path: string, result: SearchResult, guard?: PathGuard): string | null {
  try {
    guard?.(path, "read");
    // Opening a FIFO would wait; walks name only files, and this one is looked at once more.
    if (!Deno.lstatSync(path).isFile) return null;
    using file = Deno.openSync(path, { read: true });
    const bytes = readAtMost(file, file.statSync().size, MAX_FILE_BYTES);
    if (bytes === null) {
      result.skippedLarge++;
      return null;
    }
    if (binaryKind(bytes.subarray(0, SNIFF_BYTES)) !== null) {
      result.skippedBinary++;
      return null;
    }
    const form = sniffForm(bytes);
    result.filesSearched++;
    return new TextDecoder(form.encoding, { ignoreBOM: true }).decode(
      bytes.subarray(bomLength(form)),
    );
  } catch {
    result.unreadable++;
    return null;
  }
}

function searchText(
  text: string,
  regex: RegExp,
  limit: number,
  path: string,
  result: SearchResult,
): void {
  let line = 0;
  for (let from = 0; from < text.length;) {
    const feed = text.indexOf("\n", from);
    const next = feed < 0 ? text.length : feed;
    const to = feed > from && text[feed - 1] === "\r" ? feed - 1 : next;
    line++;
    if (to - from > MAX_LINE_CHARS) result.longLines++;
    const whole = text.slice(from, Math.min(to, from + MAX_LINE_CHARS));
    const match = regex.exec(whole);
    if (match) {
      if (result.matches.length >= limit) {
        result.more = true;
        return;
      }
      result.matches.push({ path, line, text: excerpt(whole, match.index, to - from) });
    }
    from = next + 1;
  }
}

/** The part of a line around a match; the match itself is in it, at least its beginning. */
function excerpt(line: string, at: number, lineLength: number): string {
  if (lineLength <= SHOWN_CHARS) return line;
  const from = Math.max(0, Math.min(at - 60, line.length - SHOWN_CHARS));
  const part = line.slice(from, from + SHOWN_CHARS).replace(
    /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/,
    "",
  );
  return `${from > 0 ? "…" : ""}${part}${from + SHOWN_CHARS < lineLength ? "…" : ""}`;
}
