import { hexToBytes } from "@noble/hashes/utils.js";
import { type FileSystem, readFully } from "./file_system.ts";

/**
 * Bytes of a page. Every step of a turn seals and syncs a few pages that changed by some hundred
 * bytes: a commit takes half the time of SQLCipher's own 4096. Other tools need
 * `PRAGMA cipher_page_size = 1024` beside the key.
 */
export const PAGE_BYTES = 1024;
const SALT_BYTES = 16;
const MAC_BYTES = 64;
const PLAINTEXT_HEADER = "SQLite format 3\0";

/** What the first page says of a key. */
export type FirstPage = "empty" | "plaintext" | "fits" | "does not fit";

/**
 * Tries a raw key on the first page of a SQLCipher 4 file without SQLite, which would play a
 * left-over journal back into the file before it notices that the key is wrong.
 *
 * A page ends with a 16 byte IV and the HMAC-SHA-512 of everything before (on page 1 without
 * the salt in its first 16 bytes) and the page number; the HMAC key is PBKDF2-SHA-512 of the key
 * with the masked salt, two rounds.
 *
 * Source: {@link https://www.zetetic.net/sqlcipher/design/ | SQLCipher design}.
 *
 * @param path The database; need not exist.
 * @param keyHex 64 hex digits.
 */
export async function checkFirstPage(
  files: FileSystem,
  path: string,
  keyHex: string,
): Promise<FirstPage> {
  const page = new Uint8Array(PAGE_BYTES);
  let count: number;
  try {
    const file = files.openSync(path, { read: true });
    try {
      count = readFully(file, page);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "empty";
    throw error;
  }
  if (count === 0) return "empty";
  if (new TextDecoder("latin1").decode(page.subarray(0, SALT_BYTES)) === PLAINTEXT_HEADER) {
    return "plaintext";
  }
  if (count < PAGE_BYTES) return "does not fit";

  const material = await crypto.subtle.importKey(
    "raw",
    hexToBytes(keyHex) as Uint8Array<ArrayBuffer>,
    "PBKDF2",
    false,
    [
      "deriveBits",
    ],
  );
  const salt = page.slice(0, SALT_BYTES).map((byte) => byte ^ 0x3a);
  const derivation = { name: "PBKDF2", hash: "SHA-512", salt, iterations: 2 };
  const hmac = { name: "HMAC", hash: "SHA-512" };
  const macKey = await crypto.subtle.importKey(
    "raw",
    await crypto.subtle.deriveBits(derivation, material, 256),
    hmac,
    false,
    ["verify"],
  );
  const end = PAGE_BYTES - MAC_BYTES;
  const signed = new Uint8Array(end - SALT_BYTES + 4);
  signed.set(page.subarray(SALT_BYTES, end));
  new DataView(signed.buffer).setUint32(end - SALT_BYTES, 1, true);
  const fits = await crypto.subtle.verify("HMAC", macKey, page.slice(end), signed);
  return fits ? "fits" : "does not fit";
}
