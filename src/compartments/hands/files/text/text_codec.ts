/** Which bytes are text, and how they are read and written back unchanged. */

/** How a text lies in its file. */
export interface TextForm {
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
  /** Byte-order mark; always there in UTF-16, which is recognised by nothing else. */
  readonly bom: boolean;
}

/** Bytes looked at to tell text from binary. */
export const SNIFF_BYTES = 8192;

const MAGIC: readonly (readonly [start: string, kind: string])[] = [
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["%PDF-", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive or office document"],
  ["\x1f\x8b", "gzip data"],
  ["\xfd7zXZ", "xz data"],
  ["\x28\xb5\x2f\xfd", "zstd data"],
  ["BZh", "bzip2 data"],
  ["\x7fELF", "an ELF program or library"],
  ["\xcf\xfa\xed\xfe", "a Mach-O program or library"],
  ["SQLite format 3\0", "an SQLite database"],
  ["\0asm", "a WebAssembly module"],
];

/** Form of a text by its first bytes; without a mark it is taken for UTF-8. */
export function sniffForm(head: Uint8Array): TextForm {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", bom: true };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", bom: true };
  return { encoding: "utf-8", bom: head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf };
}

/** Length of the mark in bytes. */
export function bomLength(form: TextForm): number {
  return !form.bom ? 0 : form.encoding === "utf-8" ? 3 : 2;
}

/**
 * What kind of binary file it is, or null for text: a NUL in the first {@linkcode SNIFF_BYTES}, or a
 * known beginning.
 */
export function binaryKind(head: Uint8Array): string | null {
  const start = String.fromCharCode(...head.subarray(0, 16));
  const known = MAGIC.find(([magic]) => start.startsWith(magic));
  if (sniffForm(head).encoding === "utf-8" && head.subarray(0, SNIFF_BYTES).includes(0)) {
    return known?.[1] ?? "binary data";
  }
  // A text may well begin with `GIF8` or `BZh`.
  const printable = known !== undefined && /^[\x20-\x7e]+$/.test(known[0]);
  return known && (!printable || known[0] === "%PDF-") ? known[1] : null;
}

/**
 * A whole file as text without its mark.
 *
 * @returns Null when it is binary or not valid in its encoding: it could not be written back.
 */
export function decodeText(bytes: Uint8Array): { text: string; form: TextForm } | null {
  if (binaryKind(bytes.subarray(0, SNIFF_BYTES)) !== null) return null;
  const form = sniffForm(bytes);
  try {
    const decoder = new TextDecoder(form.encoding, { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes.subarray(bomLength(form))), form };
  } catch {
    return null;
  }
}

/** The inverse of {@linkcode decodeText}. */
export function encodeText(text: string, form: TextForm): Uint8Array<ArrayBuffer> {
  if (form.encoding === "utf-8") {
    return new TextEncoder().encode(form.bom ? "\uFEFF" + text : text);
  }
  const bytes = new Uint8Array(2 + text.length * 2);
  const view = new DataView(bytes.buffer);
  const little = form.encoding === "utf-16le";
  view.setUint16(0, 0xfeff, little);
  for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), little);
  return bytes;
}

/** Line ends of a text: how many are CR LF, how many a lone LF. */
export function countLineEnds(text: string): { crlf: number; lf: number } {
  let crlf = 0;
  let lf = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    if (at > 0 && text[at - 1] === "\r") crlf++;
    else lf++;
  }
  return { crlf, lf };
}
