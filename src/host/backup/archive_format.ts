/**
 * The form of a backup: one file of one line of JSON that anybody may read, and sealed pieces.
 *
 * The key of the pieces is made for this file alone (HKDF-SHA-256 with a random salt) out of the
 * database's key, or of a passphrase. Each piece is sealed by AES-256-GCM with its number and
 * whether it is the last as nonce, and the line as additional data: a piece that is changed, left
 * out, moved, repeated or put after the end does not open, nor does any below another line.
 *
 * Source: the STREAM construction of {@link https://eprint.iacr.org/2015/189}.
 */
import * as z from "zod";
import { AppError, UsageError } from "../../base/app_error.ts";
import { stretch } from "../keys/database_key.ts";

/** Ending of a backup's name. */
export const BACKUP_ENDING = ".wardbackup";

/** Bytes of text in each piece but the last. */
export const PIECE_BYTES = 1024 * 1024;
/** Bytes that AES-GCM adds to a piece. */
export const TAG_BYTES = 16;
/** Bytes before each piece: its length, and whether it is the last. */
export const FRAME_BYTES = 5;
/** Longest first line. */
export const MAX_LINE_BYTES = 4096;

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);

const headerSchema = z.strictObject({
  format: z.literal("ward backup"),
  version: z.literal(1),
  createdAtMs: z.number().int().nonnegative(),
  /** Whose key opens it. */
  sealedBy: z.enum(["profile", "passphrase"]),
  salt: hex.length(64),
});

/** The line that anybody may read. */
export type BackupHeader = z.infer<typeof headerSchema>;

/** What opens a backup. */
export type BackupKey =
  /** The database's, 64 hex digits. */
  | { readonly sealedBy: "profile"; readonly keyHex: string }
  | { readonly sealedBy: "passphrase"; readonly passphrase: string };

/** A new line for a backup. */
export function newHeader(sealedBy: BackupHeader["sealedBy"], nowMs: number): BackupHeader {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const salt = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { format: "ward backup", version: 1, createdAtMs: nowMs, sealedBy, salt };
}

/** @throws {UsageError} `backup.not_one`. */
export function parseHeader(line: string, path: string): BackupHeader {
  try {
    return headerSchema.parse(JSON.parse(line));
  } catch {
    throw new UsageError("backup.not_one", `"${path}" is no backup that this ward can read`, {
      hint: `Give a file that ward backup made (*${BACKUP_ENDING}), or use the newer ward that did`,
    });
  }
}

/** The key of a file's pieces. */
export async function pieceKey(header: BackupHeader, key: BackupKey): Promise<CryptoKey> {
  const secret = key.sealedBy === "profile"
    ? key.keyHex
    : await stretch(key.passphrase, header.salt);
  const material = await crypto.subtle.importKey("raw", bytesOf(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const info = new TextEncoder().encode("ward backup 1");
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: bytesOf(header.salt), info },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** How a piece is sealed. */
export function pieceCipher(
  line: Uint8Array<ArrayBuffer>,
  index: number,
  isLast: boolean,
): AesGcmParams & { readonly name: "AES-GCM" } {
  const iv = new Uint8Array(12);
  const view = new DataView(iv.buffer);
  view.setUint32(6, index);
  view.setUint8(11, isLast ? 1 : 0);
  return { name: "AES-GCM", iv, additionalData: line };
}

/** The file is not as it was written, or the key is another. */
export function brokenBackup(path: string, cause?: unknown): AppError {
  return new AppError("backup.broken", `Cannot open "${path}": it is damaged or cut`, {
    cause,
    hint: "Take another copy of it, or another backup; nothing was changed",
  });
}

/** No piece opens: the key does not fit, or not even the first piece is whole. */
export function wrongBackupKey(path: string, { sealedBy }: BackupHeader, cause: unknown): AppError {
  return new AppError("backup.wrong_key", `Cannot open "${path}": the key does not fit`, {
    cause,
    hint: sealedBy === "passphrase"
      ? "Give the passphrase it was made with; without it nobody can open it"
      : "It is sealed by the key of the profile at that time: the keychain's entry, database.key " +
        "or WARD_ENCRYPTION_KEY. If that key is gone or was changed, the file cannot be opened",
  });
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
