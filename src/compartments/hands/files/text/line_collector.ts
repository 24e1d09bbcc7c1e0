/** Lines of a text as an answer gives them, within its bounds; of a file, or of an editor's buffer. */
import type { ReadFileParams, ReadFileResult } from "../../../../model/cells/hands.ts";

/** Lines of one answer, when the caller does not say. */
const DEFAULT_LINES = 2000;
const MAX_LINES = 20_000;
/** Characters of one line that are shown. */
const MAX_LINE_CHARS = 2000;
/** Kept of one line: a character has at most four bytes. */
const MAX_LINE_BYTES = MAX_LINE_CHARS * 4;
/** Characters of one answer, whatever the limit on lines. */
const MAX_ANSWER_CHARS = 1_000_000;

type WantedLines = Pick<ReadFileParams, "offset" | "limit">;

/** Lines of a text that is at hand as a whole. */
export function linesOf(text: string, wanted: WantedLines): Omit<ReadFileResult, "encoding"> {
  const bytes = new TextEncoder().encode(text);
  const lines = new LineCollector(wanted);
  lines.push(bytes);
  lines.end();
  return { ...lines.result(), sizeBytes: bytes.length };
}

/** Takes UTF-8 in pieces and keeps the wanted lines; memory stays bounded however long one is. */
export class LineCollector {
  readonly #first: number;
  readonly #last: number;
  readonly #kept: string[] = [];
  #chars = 0;
  /** Number of the line that is being read. */
  #line = 1;
  #current = new Uint8Array(MAX_LINE_BYTES);
  #currentLength = 0;
  /** All bytes of the line, those dropped included. */
  #lineBytes = 0;
  #lastByte = 0;
  #ended = false;
  #invalid = false;
  #crlf = 0;
  #cut = 0;

  /** @param wanted From 1; how many. Both are held to what an answer may be. */
  constructor({ offset, limit }: WantedLines) {
    this.#first = Math.max(1, Math.trunc(offset ?? 1));
    const lines = Math.min(MAX_LINES, Math.max(1, Math.trunc(limit ?? DEFAULT_LINES)));
    this.#last = this.#first + lines - 1;
  }

  /** Nothing further is kept; only lines are counted. */
  get full(): boolean {
    return this.#line > this.#last || this.#chars >= MAX_ANSWER_CHARS;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const at = bytes.indexOf(10, from);
      const to = at < 0 ? bytes.length : at;
      if (this.#line >= this.#first && !this.full) this.#take(bytes.subarray(from, to));
      if (to > from) this.#lastByte = bytes[to - 1] ?? 0;
      this.#lineBytes += to - from;
      if (at < 0) return;
      this.#endLine(true);
      from = at + 1;
    }
  }

  /** There are no more: what is left is the last line. */
  end(): void {
    if (this.#lineBytes > 0) this.#endLine(false);
    this.#ended = true;
  }

  /** What was kept, and what was seen on the way. */
  result(): Omit<ReadFileResult, "sizeBytes" | "encoding"> {
    return {
      content: this.#kept.join("\n"),
      firstLine: this.#first,
      lastLine: this.#first + this.#kept.length - 1,
      totalLines: this.#ended ? this.#line - 1 : null,
      invalidText: this.#invalid,
      crlfLines: this.#crlf,
      cutLines: this.#cut,
    };
  }

  #take(bytes: Uint8Array): void {
    const fits = bytes.subarray(0, MAX_LINE_BYTES - this.#currentLength);
    this.#current.set(fits, this.#currentLength);
    this.#currentLength += fits.length;
  }

  #endLine(terminated: boolean): void {
    if (this.#line >= this.#first && !this.full) {
      const crlf = terminated && this.#lineBytes > 0 && this.#lastByte === 13;
      if (crlf) this.#crlf++;
      const text = this.#decode(this.#lineBytes - (crlf ? 1 : 0));
      this.#kept.push(text);
      this.#chars += text.length + 1;
    }
    this.#line++;
    this.#currentLength = 0;
    this.#lineBytes = 0;
  }

  #decode(lineBytes: number): string {
    const bytes = this.#current.subarray(0, Math.min(this.#currentLength, lineBytes));
    // A character at the cut may be incomplete: `stream` leaves it out.
    const options = { stream: bytes.length < lineBytes };
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, options);
    } catch {
      this.#invalid = true;
      text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, options);
    }
    if (text.length <= MAX_LINE_CHARS && !options.stream) return text;
    this.#cut++;
    const shown = text.slice(0, MAX_LINE_CHARS).replace(/[\uD800-\uDBFF]$/, "");
    return `${shown} … [line cut: ${lineBytes} bytes in all]`;
  }
}
