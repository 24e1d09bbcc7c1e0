/** The body of an HTTP/1.1 answer, never more than its bound, packed or not. Source: RFC 9112 §6–§7. */
import { AppError } from "../../base/app_error.ts";
import { cut, type Head, malformed, type Reader } from "./http_head.ts";

/** Longest body, bytes, as it comes and unpacked. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Packed bytes that are unpacked at once: they can be a thousand times as many unpacked. */
const UNPACK_BYTES = 1024;

/** Longest line that says how long a chunk is. */
const MAX_CHUNK_LINE = 1024;

/**
 * Reads it whole.
 *
 * @param over What happens to a body over the limit. @default {"refuse"}
 * @throws {AppError} `web.too_large`, `web.cut`, `web.encoding`, `web.malformed`.
 */
export async function readBody(
  head: Head,
  reader: Reader,
  limit: number = MAX_BODY_BYTES,
  over: "refuse" | "cut" = "refuse",
): Promise<Uint8Array> {
  const encoding = (head.headers.get("content-encoding") ?? "").toLowerCase();
  if (encoding === "" || encoding === "identity") {
    const most = over === "cut" ? Infinity : limit;
    return await joined(bounded(framed(head, reader, most), limit, over));
  }
  // What is packed cannot be cut.
  const packed = over === "cut" ? MAX_BODY_BYTES : limit;
  const pieces = bounded(framed(head, reader, packed), packed, "refuse");
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new AppError("web.encoding", "The host packed its answer in a way ward did not ask for");
  }
  return await joined(bounded(unzipped(pieces), limit, over));
}

/** The bytes between the frames. */
async function* framed(
  { status, headers }: Head,
  reader: Reader,
  limit: number,
): AsyncGenerator<Uint8Array> {
  if (status === 204 || status === 304) return;
  const transfer = headers.get("transfer-encoding")?.toLowerCase();
  if (transfer !== undefined) {
    if (transfer !== "chunked") throw malformed("it is sent in a way ward did not ask for");
    yield* chunks(reader);
    return;
  }
  const length = headers.get("content-length");
  if (length === undefined) {
    for (let piece = await reader.next(); piece !== null; piece = await reader.next()) yield piece;
    return;
  }
  // The same number may be there twice (RFC 9110 §8.6); two different ones are two answers.
  const [one = "", ...more] = length.split(",").map((one) => one.trim());
  if (!/^\d{1,15}$/.test(one) || more.some((other) => other !== one)) {
    throw malformed("it does not say how long it is");
  }
  if (Number(one) > limit) throw tooLarge(limit);
  yield* exactly(Number(one), reader);
}

async function* chunks(reader: Reader): AsyncGenerator<Uint8Array> {
  const line = () =>
    reader.line(MAX_CHUNK_LINE, () => malformed("the size of a piece is too long"));
  for (;;) {
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await line())?.[1];
    if (size === undefined) throw malformed("a piece of it has no size");
    // What may follow the last piece says nothing that is needed, and the connection ends here.
    if (Number.parseInt(size, 16) === 0) return;
    yield* exactly(Number.parseInt(size, 16), reader);
    if (await line() !== "") throw malformed("a piece of it is longer than it says");
  }
}

async function* exactly(length: number, reader: Reader): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0;) {
    const piece = await reader.next();
    if (piece === null) throw cut();
    const taken = piece.subarray(0, left);
    if (piece.length > left) reader.unread(piece.subarray(left));
    left -= taken.length;
    yield taken;
  }
}

async function* bounded(
  pieces: AsyncIterable<Uint8Array>,
  limit: number,
  over: "refuse" | "cut",
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > limit) {
      if (over === "refuse") throw tooLarge(limit);
      yield piece.subarray(0, piece.length - (size - limit));
      return;
    }
    yield piece;
  }
}

async function* unzipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const fed = feed(pieces, writer);
  // It is waited for below; until then nobody listens.
  fed.catch(() => {});
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(async () => {
        // The cause, where the pieces themselves failed.
        await fed;
        throw malformed("it is not packed as it says");
      });
      if (done) break;
      yield value;
    }
    await fed;
  } finally {
    reader.cancel().catch(() => {});
    writer.abort().catch(() => {});
  }
}

async function feed(
  pieces: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter<BufferSource>,
): Promise<void> {
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += UNPACK_BYTES) {
        await writer.ready;
        await writer.write(piece.slice(at, at + UNPACK_BYTES));
      }
    }
    await writer.close();
  } catch (error) {
    writer.abort(error).catch(() => {});
    if (error instanceof AppError) throw error;
    throw malformed("it is not packed as it says");
  }
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    all.push(piece);
    size += piece.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function tooLarge(limit: number): AppError {
  return new AppError("web.too_large", `The host's answer is longer than ${limit >> 20} MB`, {
    hint: "Use an address that gives less",
  });
}
