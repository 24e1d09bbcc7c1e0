import { AppError } from "../base/app_error.ts";

/** Longest line either side accepts, bytes. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * JSON values, one a line. A line that is no JSON is skipped: any program in a cell can write to
 * the same pipe.
 *
 * @param split Of a stream whose beginning was read by hand. @default a new one
 * @throws {AppError} `wire.flood` when a line passes {@linkcode MAX_LINE_BYTES}.
 */
export async function* jsonLines(
  stream: ReadableStream<Uint8Array>,
  split = lineSplitter(),
): AsyncGenerator<unknown> {
  for await (const chunk of stream) yield* split(chunk).filter((value) => value !== undefined);
}

/**
 * The same for chunks that arrive by hand: each call gives the values it completed, `undefined` for
 * a line that is no JSON.
 */
export function lineSplitter(): (chunk: Uint8Array) => unknown[] {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;
  return (chunk) => {
    const values: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const whole = parts.length === 1 ? parts[0]! : join(parts);
      parts = [];
      length = 0;
      try {
        values.push(JSON.parse(decoder.decode(whole)));
      } catch {
        values.push(undefined);
      }
    }
    if (start < chunk.length) {
      parts.push(chunk.slice(start));
      length += chunk.length - start;
      if (length > MAX_LINE_BYTES) {
        throw new AppError("wire.flood", `A line passed ${MAX_LINE_BYTES} bytes`);
      }
    }
    return values;
  };
}

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
