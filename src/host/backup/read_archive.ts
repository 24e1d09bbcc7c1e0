/** Reads a backup; what it gives has been checked piece by piece. */
import * as z from "zod";
import { UsageError } from "../../base/app_error.ts";
import {
  type BackupHeader,
  type BackupKey,
  brokenBackup,
  FRAME_BYTES,
  MAX_LINE_BYTES,
  parseHeader,
  PIECE_BYTES,
  pieceCipher,
  pieceKey,
  TAG_BYTES,
  wrongBackupKey,
} from "./archive_format.ts";

const entrySchema = z.strictObject({
  name: z.string(),
  size: z.number().int().nonnegative(),
});

/** Longest file that is given as text. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/**
 * Reads the line that needs no key.
 *
 * @throws {UsageError} `backup.not_one`, `backup.missing`.
 */
export function readHeader(path: string): BackupHeader {
  using file = openBackup(path);
  return parseHeader(readLine(file).text, path);
}

/**
 * Reads the whole backup.
 *
 * @param places Where each file of the backup goes, by its name: a path that must not be there, or
 *   null to be given as text. A name that is not in it makes the backup a broken one.
 * @returns Texts by name; the others are on the disk.
 * @throws {AppError} `backup.wrong_key`, `backup.broken`.
 */
export async function readArchive(
  path: string,
  key: BackupKey,
  places: Readonly<Record<string, string | null>>,
): Promise<Readonly<Record<string, string>>> {
  using file = openBackup(path);
  const { text, line } = readLine(file);
  const header = parseHeader(text, path);
  const source = new Opener({ file, path, header, line, key: await pieceKey(header, key) });
  const texts: Record<string, string> = {};
  for (;;) {
    const line = await source.line();
    if (line === null) return texts;
    const { name, size } = parseEntry(line, path);
    if (!Object.hasOwn(places, name)) throw brokenBackup(path);
    const place = places[name] ?? null;
    if (place === null) {
      if (size > MAX_TEXT_BYTES) throw brokenBackup(path);
      const content = new Uint8Array(size);
      let at = 0;
      await source.take(size, (part) => {
        content.set(part, at);
        at += part.length;
      });
      texts[name] = new TextDecoder().decode(content);
    } else {
      using target = Deno.openSync(place, { write: true, createNew: true, mode: 0o600 });
      await source.take(size, (part) => {
        for (let done = 0; done < part.length;) done += target.writeSync(part.subarray(done));
      });
      target.syncSync();
    }
  }
}

/** Whether a key opens a backup; only its first piece is looked at. */
export async function opensWith(path: string, key: BackupKey): Promise<boolean> {
  using file = openBackup(path);
  const { text, line } = readLine(file);
  const header = parseHeader(text, path);
  if (header.sealedBy !== key.sealedBy) return false;
  const source = new Opener({ file, path, header, line, key: await pieceKey(header, key) });
  return await source.line().then(() => true, () => false);
}

function parseEntry(line: string, path: string): z.infer<typeof entrySchema> {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch (cause) {
    throw brokenBackup(path, cause);
  }
}

function openBackup(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError("backup.missing", `There is no file "${path}"`, {
      hint: "ward backup list lists the backups of this profile",
    });
  }
}

function readLine(file: Deno.FsFile): { text: string; line: Uint8Array<ArrayBuffer> } {
  const start = new Uint8Array(MAX_LINE_BYTES);
  const count = readFully(file, start);
  const end = start.subarray(0, count).indexOf(10) + 1;
  file.seekSync(end, Deno.SeekMode.Start);
  const line = start.slice(0, end);
  return { text: new TextDecoder().decode(line), line };
}

interface OpenerParts {
  readonly file: Deno.FsFile;
  readonly path: string;
  readonly header: BackupHeader;
  readonly line: Uint8Array<ArrayBuffer>;
  readonly key: CryptoKey;
}

/** Opens piece after piece. */
class Opener {
  readonly #parts: OpenerParts;
  #piece = new Uint8Array();
  #at = 0;
  #index = 0;
  #isOver = false;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  /** Text to the next line's end, without it; null at the end of the backup. */
  async line(): Promise<string | null> {
    const bytes: number[] = [];
    for (;;) {
      if (this.#at === this.#piece.length && !await this.#next()) {
        if (bytes.length === 0) return null;
        throw brokenBackup(this.#parts.path);
      }
      const byte = this.#piece[this.#at++]!;
      if (byte === 10) return new TextDecoder().decode(Uint8Array.from(bytes));
      bytes.push(byte);
      if (bytes.length > MAX_LINE_BYTES) throw brokenBackup(this.#parts.path);
    }
  }

  async take(size: number, give: (part: Uint8Array) => void): Promise<void> {
    for (let left = size; left > 0;) {
      if (this.#at === this.#piece.length && !await this.#next()) {
        throw brokenBackup(this.#parts.path);
      }
      const part = this.#piece.subarray(this.#at, this.#at + left);
      give(part);
      this.#at += part.length;
      left -= part.length;
    }
  }

  /** @returns false at the end. */
  async #next(): Promise<boolean> {
    if (this.#isOver) return false;
    const frame = new Uint8Array(FRAME_BYTES);
    if (readFully(this.#parts.file, frame) < FRAME_BYTES) throw brokenBackup(this.#parts.path);
    const view = new DataView(frame.buffer);
    const length = view.getUint32(0);
    const isLast = view.getUint8(4) === 1;
    if (length < TAG_BYTES || length > PIECE_BYTES + TAG_BYTES) {
      throw brokenBackup(this.#parts.path);
    }
    const sealed = new Uint8Array(length);
    if (readFully(this.#parts.file, sealed) < length) throw brokenBackup(this.#parts.path);
    try {
      const cipher = pieceCipher(this.#parts.line, this.#index, isLast);
      this.#piece = new Uint8Array(await crypto.subtle.decrypt(cipher, this.#parts.key, sealed));
    } catch (cause) {
      throw this.#index === 0
        ? wrongBackupKey(this.#parts.path, this.#parts.header, cause)
        : brokenBackup(this.#parts.path, cause);
    }
    this.#index++;
    this.#at = 0;
    this.#isOver = isLast;
    if (isLast && readFully(this.#parts.file, new Uint8Array(1)) > 0) {
      throw brokenBackup(this.#parts.path);
    }
    return this.#piece.length > 0 || await this.#next();
  }
}

function readFully(file: Deno.FsFile, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = file.readSync(buffer.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}
