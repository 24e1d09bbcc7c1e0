/**
 * The first message of TLS (RFC 8446, 4.1.2; RFC 6066, 3): which host a program asks for inside a
 * tunnel. Servers that answer for many names behind one address go by it, so it must be the host
 * that was granted. What can be read in two ways is refused.
 */

/** What is known after the bytes so far. */
export type Hello =
  | { readonly type: "more" }
  /** It does not begin as TLS does. */
  | { readonly type: "other" }
  /** It begins so and is none that can be read in one way. */
  | { readonly type: "broken" }
  | {
    readonly type: "hello";
    /** In lower case; null: it names none. */
    readonly serverName: string | null;
    /** It has, or pretends to have, a second hello that nobody between can read (ECH). */
    readonly isEncrypted: boolean;
  };

/** Longest message that is waited for; those with keys against quantum computers have 2 KB. */
export const MAX_HELLO_BYTES = 16 * 1024;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** A record's longest content (RFC 8446, 5.1). */
const MAX_RECORD_BYTES = 2 ** 14;

/** Reads the beginning of what a program sends. */
export function readHello(bytes: Uint8Array): Hello {
  if (bytes.length === 0) return { type: "more" };
  if (bytes[0] !== HANDSHAKE) return { type: "other" };
  const found = handshake(bytes);
  if (found === "more") return { type: bytes.length > MAX_HELLO_BYTES ? "broken" : "more" };
  if (found === null) return { type: "broken" };
  return readBody(found) ?? { type: "broken" };
}

/** The body of the hello out of its records; null: it is none. */
function handshake(bytes: Uint8Array): Uint8Array | "more" | null {
  const content: number[] = [];
  for (let at = 0;;) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return null;
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return null;
    if (bytes.length < at + 5) return "more";
    const size = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    // One without content would let a hello be spread without end.
    if (size === 0 || size > MAX_RECORD_BYTES) return null;
    for (const byte of bytes.subarray(at + 5, at + 5 + size)) content.push(byte);
    if (content.length > 0 && content[0] !== CLIENT_HELLO) return null;
    if (content.length >= 4) {
      const length = (content[1]! << 16) | (content[2]! << 8) | content[3]!;
      if (length > MAX_HELLO_BYTES) return null;
      if (content.length >= 4 + length) {
        // Nothing comes after it until the server has answered.
        return content.length === 4 + length ? Uint8Array.from(content.slice(4)) : null;
      }
    }
    if (bytes.length < at + 5 + size) return "more";
    at += 5 + size;
  }
}

/** Reads forward in bytes; null where there are not as many. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(bytes: 1 | 2): number | null {
    if (this.#at + bytes > this.#bytes.length) return null;
    let value = 0;
    for (let n = 0; n < bytes; n++) value = (value << 8) | this.#bytes[this.#at++]!;
    return value;
  }

  take(bytes: number): Uint8Array | null {
    if (this.#at + bytes > this.#bytes.length) return null;
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  /** What stands after its length. */
  vector(lengthBytes: 1 | 2): Uint8Array | null {
    const length = this.number(lengthBytes);
    return length === null ? null : this.take(length);
  }
}

function readBody(body: Uint8Array): Hello | null {
  const reader = new Reader(body);
  // Version and random; session, cipher suites, compression.
  if (reader.take(34) === null) return null;
  if (reader.vector(1) === null || reader.vector(2) === null || reader.vector(1) === null) {
    return null;
  }
  // TLS 1.2 without any extension.
  if (reader.isAtEnd) return { type: "hello", serverName: null, isEncrypted: false };
  const all = reader.vector(2);
  if (all === null || !reader.isAtEnd) return null;
  const extensions = new Reader(all);
  const seen = new Set<number>();
  let serverName: string | null = null;
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (type === null || data === null || seen.has(type)) return null;
    seen.add(type);
    if (type !== SERVER_NAME) continue;
    serverName = readName(data);
    if (serverName === null) return null;
  }
  return { type: "hello", serverName, isEncrypted: seen.has(ENCRYPTED_CLIENT_HELLO) };
}

/** The one name of the extension. */
function readName(data: Uint8Array): string | null {
  const outer = new Reader(data);
  const list = outer.vector(2);
  if (list === null || !outer.isAtEnd) return null;
  const names = new Reader(list);
  const type = names.number(1);
  const name = names.vector(2);
  if (type !== 0 || name === null || !names.isAtEnd) return null;
  const text = String.fromCharCode(...name).toLowerCase();
  return /^[a-z0-9._-]{1,253}$/.test(text) ? text : null;
}

/**
 * What is wrong with the beginning of a tunnel.
 *
 * @param hostname Granted, in the form of the URL standard.
 * @param allowsEncrypted Of a browser, which always pretends.
 * @returns null: nothing; undefined: more bytes are needed to say.
 */
export function helloProblem(
  bytes: Uint8Array,
  { hostname, port, allowsEncrypted }: {
    readonly hostname: string;
    readonly port: number;
    readonly allowsEncrypted: boolean;
  },
): string | null | undefined {
  const hello = readHello(bytes);
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  switch (hello.type) {
    case "more":
      return undefined;
    case "other":
      // Elsewhere other protocols are spoken, of which nothing is known.
      return port === 443 && !isAddress ? "what was sent there is no TLS" : null;
    case "broken":
      return "its TLS begins in no way that is understood";
    case "hello": {
      const { serverName } = hello;
      if (hello.isEncrypted && !allowsEncrypted) {
        return "its TLS hides which host it asks for (ECH)";
      }
      if (serverName === null) {
        return isAddress ? null : "its TLS does not say which host it is for";
      }
      if (serverName.replace(/\.$/, "") === hostname) return null;
      return `its TLS is for another host, ${serverName}`;
    }
  }
}

/** What a server says that does not know the name: TLS's fatal alert 112 (RFC 6066, 3). */
export const UNRECOGNIZED_NAME: Uint8Array = Uint8Array.of(21, 3, 1, 0, 2, 2, 112);
