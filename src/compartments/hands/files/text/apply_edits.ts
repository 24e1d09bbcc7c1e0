/**
 * Replaces exact texts. CR LF counts as one line end on both sides of the comparison, because a model
 * writes LF; bytes outside what really changes stay as they are, also in files with mixed line ends.
 */
import { AppError } from "../../../../base/app_error.ts";
import type { TextEdit } from "../../../../model/cells/hands.ts";
import { quote } from "../file_error.ts";
import { nearestLine } from "./nearest_line.ts";
import { countLineEnds } from "./text_codec.ts";

/** Characters that a file may grow to. */
const MAX_CHARS = 32 * 1024 * 1024;
/** Line numbers named in a message. */
const SHOWN_LINES = 10;

/**
 * Applies edits in order; the text is given back only when all of them fit.
 *
 * @param path For messages.
 * @throws {AppError} `files.edit_not_found`, `files.edit_ambiguous`, `files.edit_empty`,
 *   `files.edit_no_change`, `files.too_large`.
 */
export function applyEdits(
  text: string,
  edits: readonly TextEdit[],
  path: string,
): { text: string; replacements: number } {
  let replacements = 0;
  let result = text;
  edits.forEach((edit, index) => {
    const name = edits.length === 1 ? "the edit" : `edit ${index + 1} of ${edits.length}`;
    const fail = (code: string, state: string, hint: string) =>
      new AppError(code, `Cannot edit ${quote(path)}: ${name} ${state}; nothing was changed`, {
        hint,
      });
    const applied = applyEdit(result, edit, fail);
    result = applied.text;
    replacements += applied.count;
  });
  if (result === text) {
    throw new AppError(
      "files.edit_no_change",
      `Cannot edit ${quote(path)}: the result is what is there already; nothing was changed`,
      { hint: "Read the file again; line ends are kept and cannot be changed by an edit" },
    );
  }
  return { text: result, replacements };
}

type Fail = (code: string, state: string, hint: string) => AppError;

function applyEdit(text: string, edit: TextEdit, fail: Fail): { text: string; count: number } {
  const view = lineFeedView(text);
  const oldText = edit.oldText.replaceAll("\r\n", "\n");
  if (oldText === "") {
    throw fail(
      "files.edit_empty",
      "has no old text",
      "Give the text to replace, or write the file",
    );
  }
  // For one replacement even overlapping matches are ambiguous.
  const step = edit.replaceAll ? oldText.length : 1;
  const starts: number[] = [];
  for (let at = view.text.indexOf(oldText); at >= 0; at = view.text.indexOf(oldText, at + step)) {
    starts.push(at);
  }
  if (starts.length === 0) {
    throw fail(
      "files.edit_not_found",
      "matches nothing",
      nearestLine(view.text, oldText) ?? "Read the file and copy the text exactly",
    );
  }
  if (starts.length > 1 && !edit.replaceAll) {
    const lines = lineNumbers(view.text, starts.slice(0, SHOWN_LINES)).join(", ");
    throw fail(
      "files.edit_ambiguous",
      `matches ${starts.length} times, on lines ${lines}${
        starts.length > SHOWN_LINES ? ", …" : ""
      }`,
      "Give more of the lines around it, or replace all",
    );
  }
  if (text.length + starts.length * edit.newText.length > MAX_CHARS) {
    throw fail("files.too_large", "makes the file too large", "Replace less at once");
  }
  return { text: replaceAt(text, view, starts, oldText, edit.newText), count: starts.length };
}

function replaceAt(
  text: string,
  view: LineFeedView,
  starts: readonly number[],
  oldText: string,
  newText: string,
): string {
  const ends = countLineEnds(text);
  // A text without a line end takes those of the edit as they are.
  const plain = ends.crlf + ends.lf === 0;
  const replacement = plain ? newText : newText.replaceAll("\r\n", "\n");
  const prefix = commonPrefix(oldText, replacement);
  const suffix = commonPrefix(
    oldText.slice(prefix),
    replacement.slice(prefix),
    (part, at) => part.length - 1 - at,
  );
  const middle = replacement.slice(prefix, replacement.length - suffix);
  const pieces: string[] = [];
  let copied = 0;
  for (const start of starts) {
    const from = view.original(start + prefix);
    const to = view.original(start + oldText.length - suffix);
    const style =
      lineEndWithin(text, view.original(start), view.original(start + oldText.length)) ??
        (ends.crlf > ends.lf ? "\r\n" : "\n");
    pieces.push(text.slice(copied, from));
    pieces.push(plain || style === "\n" ? middle : middle.replaceAll("\n", style));
    copied = to;
  }
  pieces.push(text.slice(copied));
  return pieces.join("");
}

/** A text with LF line ends, and where each place of it was before. */
interface LineFeedView {
  readonly text: string;
  original(at: number): number;
}

function lineFeedView(text: string): LineFeedView {
  if (!text.includes("\r\n")) return { text, original: (at) => at };
  /** Places, in the view, of the line feeds that had a CR. */
  const feeds: number[] = [];
  for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) {
    feeds.push(at - feeds.length);
  }
  return {
    text: text.replaceAll("\r\n", "\n"),
    original(at) {
      let low = 0;
      let high = feeds.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((feeds[middle] ?? 0) < at) low = middle + 1;
        else high = middle;
      }
      return at + low;
    },
  };
}

function lineEndWithin(text: string, from: number, to: number): "\n" | "\r\n" | null {
  const at = text.indexOf("\n", from);
  if (at < 0 || at >= to) return null;
  return at > from && text[at - 1] === "\r" ? "\r\n" : "\n";
}

function commonPrefix(
  a: string,
  b: string,
  place: (part: string, at: number) => number = (_, at) => at,
): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[place(a, length)] === b[place(b, length)]) length++;
  return length;
}

function lineNumbers(text: string, places: readonly number[]): number[] {
  let line = 1;
  let from = 0;
  return places.map((place) => {
    for (let at = text.indexOf("\n", from); at >= 0 && at < place; at = text.indexOf("\n", from)) {
      line++;
      from = at + 1;
    }
    return line;
  });
}
