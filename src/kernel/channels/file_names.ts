/** Names of files that come in by a chat or go out to one. */
import { stripInvisible } from "../outside/invisible.ts";
import { stripTerminal } from "../outside/terminal_sequences.ts";

/** Longest name, in bytes; with what stands before it, it fits what file systems take. */
const MAX_BYTES = 120;

/** Endings of files that have no name, by their type. */
const ENDINGS: Readonly<Record<string, string>> = {
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/gif": ".gif",
  "image/webp": ".webp",
  "audio/ogg": ".ogg",
  "audio/mpeg": ".mp3",
  "audio/mp4": ".m4a",
  "video/mp4": ".mp4",
  "application/pdf": ".pdf",
  "text/plain": ".txt",
};

/** Types by ending, for what is sent. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ENDINGS).map(([type, ending]) => [ending, type] as const),
  [".jpeg", "image/jpeg"],
  [".md", "text/markdown"],
  [".csv", "text/csv"],
  [".json", "application/json"],
  [".html", "text/html"],
  [".svg", "image/svg+xml"],
  [".zip", "application/zip"],
]);

/** Names that Windows keeps for devices. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/**
 * A name as it is kept: letters and digits of any script, `.`, `-`, `_` and spaces; no folder, no
 * hidden file, no device, nothing invisible.
 *
 * @param name As its sender has it; null: it has none.
 */
export function safeFileName(name: string | null, mediaType: string): string {
  const shown =
    stripInvisible(stripTerminal((name ?? "").toWellFormed().slice(0, 1_000)).text).text;
  const spaced = shown.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._ -]/gu, "_")
    .replace(/ {2,1000}/g, " ").replace(/\.{2,1000}/g, ".").replace(/^[. -]{1,1000}/, "");
  let end = spaced.length;
  while (end > 0 && ". ".includes(spaced[end - 1]!)) end--;
  const plain = spaced.slice(0, end);
  if (/^[_ ]{0,1000}$/.test(plain)) return `file${ENDINGS[mediaType] ?? ""}`;
  const named = DEVICE.test(plain) ? `_${plain}` : plain;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(named)?.[0] ?? "";
  return cut(named.slice(0, named.length - ending.length), MAX_BYTES - bytes(ending)) + ending;
}

/** The type that a file's name says. */
export function mediaTypeOf(name: string): string {
  const ending = /\.[a-z0-9]{1,10}$/i.exec(name)?.[0].toLowerCase() ?? "";
  return TYPES.get(ending) ?? "application/octet-stream";
}

/** Folders and files whose contents are keys or logins, wherever they lie. */
const REFUSED_PARTS = /(?:^|\/)(?:\.ssh|\.gnupg|\.aws|\.kube|\.docker|\.git)(?:\/|$)/i;
const REFUSED_NAMES =
  /(?:^|\/)(?:\.env(?:\.[^/]{1,100})?|\.envrc|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|[^/]{0,100}credentials[^/]{0,100}|config\.toml|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]{0,200}\.(?:key|pem|p12|pfx|jks|keystore|kdbx))$/i;

/** Whether a file of this path is never sent to a chat. */
export function isRefusedFile(path: string): boolean {
  const plain = path.replaceAll("\\", "/");
  return REFUSED_PARTS.test(plain) || REFUSED_NAMES.test(plain);
}

function cut(text: string, most: number): string {
  let out = "";
  let length = 0;
  for (const char of text) {
    length += bytes(char);
    if (length > most) return out;
    out += char;
  }
  return out;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
