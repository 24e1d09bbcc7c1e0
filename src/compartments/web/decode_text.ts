/** What kind of text an answer is, and its characters. Source: WHATWG Encoding, HTML §13.2.3. */
import { AppError } from "../../base/app_error.ts";

/** A text of a kind that can be read. */
export interface DecodedText {
  readonly kind: "HTML" | "JSON" | "text";
  readonly text: string;
}

const TEXT_TYPES =
  /^(?:text\/.*|application\/(?:.*\+)?(?:xml|yaml|toml)|application\/(?:x-)?(?:javascript|ecmascript|typescript|sh|yaml|toml|ndjson)|image\/svg\+xml|message\/.*)$/;

/** Bytes in which a page says its encoding. */
const META_BYTES = 1024;

/**
 * Decodes a body.
 *
 * @param contentType Header of that name; null where there is none.
 * @throws {AppError} `web.type` for what is no text.
 */
export function decodeText(bytes: Uint8Array, contentType: string | null): DecodedText {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, META_BYTES));
  const kind = kindOf(type, start);
  const named = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? "")?.[1] ??
    (kind === "HTML"
      ? /<meta[^>]{0,200}?charset\s*=\s*["']?([^\s"'/>;]{1,40})/i.exec(start)?.[1]
      : undefined);
  return { kind, text: decode(bytes, named) };
}

function kindOf(type: string, start: string): DecodedText["kind"] {
  if (type === "text/html" || type === "application/xhtml+xml") return "HTML";
  if (/^(?:application|text)\/(?:.*\+)?json$/.test(type)) return "JSON";
  if (TEXT_TYPES.test(type)) return "text";
  const isUnsaid = type === "" || type === "application/octet-stream";
  // deno-lint-ignore no-control-regex -- a zero byte is what tells
  if (isUnsaid && !/\x00/.test(start)) {
    return /^\s*<(?:!doctype html|html)/i.test(start) ? "HTML" : "text";
  }
  const what = type === "application/pdf"
    ? "a PDF"
    : /^(image|audio|video|font)\//.exec(type)?.[1] ?? "binary data";
  throw new AppError("web.type", `The host's answer is no text: it is ${what}`, {
    hint: "Use an address that gives text",
  });
}

/** An encoding that is not known counts as UTF-8; a mark at the beginning goes before all. */
function decode(bytes: Uint8Array, label = "utf-8"): string {
  const [a, b, c] = bytes;
  const marked = a === 0xef && b === 0xbb && c === 0xbf
    ? "utf-8"
    : a === 0xff && b === 0xfe
    ? "utf-16le"
    : a === 0xfe && b === 0xff
    ? "utf-16be"
    : label;
  try {
    return new TextDecoder(marked).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
