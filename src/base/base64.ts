/** Bytes as text (RFC 4648, section 4); `Uint8Array.toBase64` is not in Deno 2.4. */

/** Bytes that one call of `fromCharCode` is given. */
const CHUNK = 8192;

/** Bytes in base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

/**
 * The bytes of such a text.
 *
 * @throws {DOMException} When it is none.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}
