import { AppError } from "../../../base/app_error.ts";
import type { ReadFileParams, ReadFileResult } from "../../../model/cells/hands.ts";
import { quote, toFileError } from "./file_error.ts";
import { openFile } from "./open_file.ts";
import type { PathGuard } from "./resolve_path.ts";
import { LineCollector } from "./text/line_collector.ts";
import { binaryKind, bomLength, SNIFF_BYTES, sniffForm } from "./text/text_codec.ts";
import type { TextForm } from "./text/text_codec.ts";

const CHUNK_BYTES = 512 * 1024;
/** A file up to this size is read at once; between the pieces of a larger one a cancel is heard. */
const AT_ONCE_BYTES = 256 * 1024;
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
    const lines = new LineCollector(params);
    const convert = utf8Converter(form);
    lines.push(convert(head.subarray(bomLength(form))));
    const atOnce = sizeBytes <= AT_ONCE_BYTES;
    // A little more than what is left, and what is added meanwhile in further pieces.
    const left = Math.max(sizeBytes - head.length, 0) + SNIFF_BYTES;
    const buffer = new Uint8Array(Math.min(left, CHUNK_BYTES));
    while (!lines.full || sizeBytes <= COUNT_ALL_BYTES) {
      options.signal.throwIfAborted();
      const count = atOnce ? file.readSync(buffer) : await file.read(buffer);
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
