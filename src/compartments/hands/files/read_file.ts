import { AppError } from "../../../base/app_error.ts";
import type { ReadFileParams, ReadFileResult } from "../../../model/cells/hands.ts";
import { quote, toFileError } from "./file_error.ts";
import { openFile } from "./open_file.ts";
import type { PathGuard } from "./resolve_path.ts";
import { binaryKind, bomLength, SNIFF_BYTES, sniffForm } from "./text_codec.ts";
import type { TextForm } from "./text_codec.ts";

const CHUNK_BYTES = 512 * 1024;
/** A file up to this size is read at once; between the pieces of a larger one a cancel is heard. */
const AT_ONCE_BYTES = 256 * 1024;
/** Lines of one answer, when the caller does not say. */
const DEFAULT_LINES = 2000;
const MAX_LINES = 20_000;
/** Characters of one line that are shown. */
const MAX_LINE_CHARS = 2000;
/** Kept of one line: a character has at most four bytes. */
const MAX_LINE_BYTES = MAX_LINE_CHARS * 4;
/** Characters of one answer, whatever the limit on lines. */
const MAX_ANSWER_CHARS = 1_000_000;
/** Read on to count all lines when the file is no larger than this. */
const COUNT_ALL_BYTES = 32 * 1024 * 1024;

/**
 * Reads lines in a stream: memory stays bounded however large the file or a line is.
 *
 * @throws {AppError} `files.binary` and the other `files.*`.
 */
export async function readFile(
  params: ReadFileParams,
  options: { guard?: PathGuard | undefined; signal: AbortSignal },
): Promise<ReadFileResult> {
  const first = Math.max(1, Math.trunc(params.offset ?? 1));
  const limit = Math.min(MAX_LINES, Math.max(1, Math.trunc(params.limit ?? DEFAULT_LINES)));
  using open = await openFile(params.path, options);
  const { file, sizeBytes } = open;
  try {
    // It is a regular file, so a read does not wait for anybody.
    const head = readHead(file);
    const kind = binaryKind(head);
    if (kind !== null) {
      throw new AppError(
        "files.binary",
        `Cannot read ${quote(params.path)}: it is ${kind} of ${sizeBytes} bytes, not text`,
        { hint: "Use a program that understands it, such as file, strings or xxd" },
      );
    }
    const form = sniffForm(head);
    const lines = new LineCollector(first, limit);
    const convert = utf8Converter(form);
    lines.push(convert(head.subarray(bomLength(form))));
    const buffer = new Uint8Array(sizeBytes <= AT_ONCE_BYTES ? AT_ONCE_BYTES : CHUNK_BYTES);
    while (!lines.full || sizeBytes <= COUNT_ALL_BYTES) {
      options.signal.throwIfAborted();
      const count = sizeBytes <= AT_ONCE_BYTES ? file.readSync(buffer) : await file.read(buffer);
      if (count === null) {
        lines.end();
        break;
      }
      lines.push(convert(buffer.subarray(0, count)));
    }
    return { ...lines.result(), sizeBytes, encoding: form.encoding };
  } catch (error) {
    options.signal.throwIfAborted();
    throw toFileError(error, params.path, "read");
  }
}

function readHead(file: Deno.FsFile): Uint8Array {
  const head = new Uint8Array(SNIFF_BYTES);
  let length = 0;
  while (length < head.length) {
    const count = file.readSync(head.subarray(length));
    if (count === null) break;
    length += count;
  }
  return head.subarray(0, length);
}

/** Lines are split as bytes; UTF-16 is made UTF-8 first, piece by piece. */
function utf8Converter(form: TextForm): (bytes: Uint8Array) => Uint8Array {
  if (form.encoding === "utf-8") return (bytes) => bytes;
  const decoder = new TextDecoder(form.encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  return (bytes) => encoder.encode(decoder.decode(bytes, { stream: true }));
}

/** Takes bytes in pieces and keeps the wanted lines. */
class LineCollector {
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

  constructor(first: number, limit: number) {
    this.#first = first;
    this.#last = first + limit - 1;
  }

  /** Nothing further is kept; only lines are counted. */
  get full(): boolean {
    return this.#line > this.#last || this.#chars >= MAX_ANSWER_CHARS;
  }

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

  end(): void {
    if (this.#lineBytes > 0) this.#endLine(false);
    this.#ended = true;
  }

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
