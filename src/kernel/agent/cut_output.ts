/**
 * Cuts a tool's result for the model: head and tail stay, the middle goes, and the cut says where
 * the whole text is. Pure; the loop saves the text first.
 */

/** Bounds of a result, both of the cut text as a whole, its mark included. */
export interface OutputBounds {
  /** @default 2000 */
  readonly lines?: number | undefined;
  /** UTF-8 bytes. @default 51200 */
  readonly bytes?: number | undefined;
}

/** Lines of a result that a model gets at most. */
export const OUTPUT_LINES = 2000;
/** UTF-8 bytes of a result that a model gets at most. */
export const OUTPUT_BYTES = 50 * 1024;

/** Room for the words of the mark; its path comes on top. */
const MARK_BYTES = 200;
const MARK_LINES = 3;

/** Whether a text is over the bounds. */
export function needsCut(text: string, bounds: OutputBounds = {}): boolean {
  const { lines = OUTPUT_LINES, bytes = OUTPUT_BYTES } = bounds;
  return countLines(text) > lines || utf8Length(text) > bytes;
}

/**
 * The text within the bounds: two thirds head, one third tail, and a mark between them.
 *
 * @param text Whole text.
 * @param savedAs Path under which the model can read the whole text; null: it could not be kept.
 * @param bounds Bounds of the returned text; at least 10 lines and 1,000 bytes are used, and a
 * path that leaves no room within them is named all the same.
 * @returns The text itself when it is within the bounds.
 */
export function cutOutput(text: string, savedAs: string | null, bounds: OutputBounds = {}): string {
  if (!needsCut(text, bounds)) return text;
  const maxLines = Math.max(10, bounds.lines ?? OUTPUT_LINES) - MARK_LINES;
  const room = MARK_BYTES + utf8Length(savedAs ?? "");
  const maxBytes = Math.max(100, Math.max(1000, bounds.bytes ?? OUTPUT_BYTES) - room);
  const headLines = Math.ceil(maxLines * 2 / 3);
  const headBytes = Math.ceil(maxBytes * 2 / 3);
  const head = takeHead(text, headLines, headBytes);
  const tail = takeTail(text.slice(head.length), maxLines - headLines, maxBytes - headBytes);
  const left = text.slice(head.length, text.length - tail.length);
  // Reading goes on with the first line that is not whole in the head.
  const next = countLines(head) + (head.endsWith("\n") ? 1 : 0);
  const amount = `${countLines(left)} lines, ${utf8Length(left)} bytes`;
  const where = savedAs === null
    ? "The whole text could not be kept"
    : `Whole text: ${savedAs} (go on with read, offset ${next})`;
  return `${head.replace(/\n$/, "")}\n[… ${amount} left out. ${where} …]\n${
    tail.replace(/^\n/, "")
  }`;
}

/** Lines of a text; a line end at the very end starts no new line. */
export function countLines(text: string): number {
  if (text === "") return 0;
  let lines = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Length in UTF-8 bytes; a lone surrogate counts as the three bytes of its replacement. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const size = utf8Size(text, i);
    bytes += size;
    if (size === 4) i++;
  }
  return bytes;
}

function utf8Size(text: string, at: number): 1 | 2 | 3 | 4 {
  const code = text.codePointAt(at) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

function takeHead(text: string, lines: number, bytes: number): string {
  let used = 0;
  let ends = 0;
  let at = 0;
  let afterLine = 0;
  while (at < text.length && ends < lines) {
    const size = utf8Size(text, at);
    if (used + size > bytes) break;
    used += size;
    if (text.charCodeAt(at) === 10) {
      ends++;
      afterLine = at + 1;
    }
    at += size === 4 ? 2 : 1;
  }
  // A line is only torn when it is long by itself.
  return text.slice(0, ends < lines && afterLine > at / 2 ? afterLine : at);
}

function takeTail(text: string, lines: number, bytes: number): string {
  let used = 0;
  let ends = 0;
  let at = text.length;
  let lineStart = text.length;
  while (at > 0) {
    const wide = at > 1 && utf8Size(text, at - 2) === 4;
    const from = at - (wide ? 2 : 1);
    const size = wide ? 4 : utf8Size(text, from);
    if (used + size > bytes) break;
    if (text.charCodeAt(from) === 10 && at < text.length) {
      lineStart = at;
      if (++ends >= lines) break;
    }
    used += size;
    at = from;
  }
  const kept = text.length - at;
  return text.slice(ends < lines && text.length - lineStart > kept / 2 ? lineStart : at);
}
