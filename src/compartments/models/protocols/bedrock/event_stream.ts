/**
 * AWS's binary event stream: each message is its length, the length of its headers, a checksum of
 * both, the headers, the payload, and a checksum of all.
 * Source: Smithy docs, "Amazon Event Stream Specification". The codec of Smithy is CommonJS and
 * brings a loader of modules into the bundle.
 */
import { ServiceError } from "../http_call.ts";
import type { ConverseEvent } from "./stream.ts";

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** Longest message by the specification. */
const MESSAGE_BYTES = 24 * 1024 * 1024;

const decoder = new TextDecoder();

/**
 * Events of a body. One that ends within a message just ends: no `messageStop` came then.
 *
 * @throws {SyntaxError} For what is no event stream.
 * @throws {ServiceError} For an exception that the service sends inside it.
 */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ConverseEvent> {
  let rest = new Uint8Array();
  for await (const chunk of body) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let at = 0;
    for (;;) {
      const length = messageLength(bytes.subarray(at));
      if (length === null || at + length > bytes.length) break;
      yield eventOf(bytes.subarray(at, at + length));
      at += length;
    }
    rest = bytes.slice(at);
  }
}

/** Null: it is not there yet. */
function messageLength(bytes: Uint8Array): number | null {
  if (bytes.length < PRELUDE_BYTES) return null;
  const view = viewOf(bytes);
  const length = view.getUint32(0);
  const isSound = view.getUint32(8) === crc32(bytes.subarray(0, 8)) &&
    length >= PRELUDE_BYTES + CHECKSUM_BYTES && length <= MESSAGE_BYTES &&
    view.getUint32(4) <= length - PRELUDE_BYTES - CHECKSUM_BYTES;
  if (!isSound) throw new SyntaxError("Not an event stream");
  return length;
}

function eventOf(message: Uint8Array): ConverseEvent {
  const view = viewOf(message);
  const end = message.length - CHECKSUM_BYTES;
  if (view.getUint32(end) !== crc32(message.subarray(0, end))) {
    throw new SyntaxError("A message of the event stream is damaged");
  }
  const headersEnd = PRELUDE_BYTES + view.getUint32(4);
  const headers = readHeaders(message.subarray(PRELUDE_BYTES, headersEnd));
  const text = decoder.decode(message.subarray(headersEnd, end));
  const payload: unknown = text === "" ? {} : JSON.parse(text);
  if (headers.get(":message-type") === "event") {
    return { name: headers.get(":event-type") ?? "", payload };
  }
  const type = headers.get(":exception-type") ?? headers.get(":error-code") ?? "";
  throw new ServiceError(undefined, { type, body: payload });
}

/** Sizes of values by type; types 6 and 7 (bytes, text) say theirs in two bytes. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const TEXT_TYPE = 7;
const BYTES_TYPE = 6;

/** Headers that are texts; others are passed over. */
function readHeaders(bytes: Uint8Array): Map<string, string> {
  const view = viewOf(bytes);
  const headers = new Map<string, string>();
  let at = 0;
  try {
    while (at < bytes.length) {
      const nameEnd = at + 1 + view.getUint8(at);
      const name = decoder.decode(bytes.subarray(at + 1, nameEnd));
      const type = view.getUint8(nameEnd);
      const isLong = type === TEXT_TYPE || type === BYTES_TYPE;
      const start = nameEnd + (isLong ? 3 : 1);
      const size = isLong ? view.getUint16(nameEnd + 1) : SIZES[type];
      if (size === undefined || start + size > bytes.length) throw new RangeError();
      if (type === TEXT_TYPE) {
        headers.set(name, decoder.decode(bytes.subarray(start, start + size)));
      }
      at = start + size;
    }
  } catch {
    throw new SyntaxError("A header of the event stream is damaged");
  }
  return headers;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in gzip. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}
