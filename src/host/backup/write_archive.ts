/** Writes a backup: one file after the other, in sealed pieces. */
import {
  type BackupHeader,
  type BackupKey,
  FRAME_BYTES,
  PIECE_BYTES,
  pieceCipher,
  pieceKey,
} from "./archive_format.ts";

/** A file of a backup. */
export interface ArchiveEntry {
  readonly name: string;
  /** Text, or where the bytes are. */
  readonly content: string | { readonly path: string };
}

/**
 * Writes the whole backup and brings it to the disk.
 *
 * @param path A file that must not be there; made with mode 0600.
 */
export async function writeArchive(
  path: string,
  { header, key, entries }: {
    readonly header: BackupHeader;
    readonly key: BackupKey;
    readonly entries: readonly ArchiveEntry[];
  },
): Promise<void> {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  const line = new TextEncoder().encode(JSON.stringify(header) + "\n");
  const sealer = new Sealer(file, line, await pieceKey(header, key));
  writeFully(file, line);
  for (const { name, content } of entries) {
    if (typeof content === "string") {
      const bytes = new TextEncoder().encode(content);
      await sealer.add(entryLine(name, bytes.length));
      await sealer.add(bytes);
      continue;
    }
    using source = Deno.openSync(content.path, { read: true });
    let left = source.statSync().size;
    await sealer.add(entryLine(name, left));
    const buffer = new Uint8Array(PIECE_BYTES);
    while (left > 0) {
      const count = source.readSync(buffer.subarray(0, Math.min(left, buffer.length)));
      if (count === null) throw new Deno.errors.UnexpectedEof(`${content.path} became shorter`);
      await sealer.add(buffer.subarray(0, count));
      left -= count;
    }
  }
  await sealer.end();
  file.syncSync();
}

function entryLine(name: string, size: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ name, size }) + "\n");
}

/** Gathers bytes into pieces. */
class Sealer {
  readonly #file: Deno.FsFile;
  readonly #line: Uint8Array<ArrayBuffer>;
  readonly #key: CryptoKey;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #filled = 0;
  #index = 0;

  constructor(file: Deno.FsFile, line: Uint8Array<ArrayBuffer>, key: CryptoKey) {
    this.#file = file;
    this.#line = line;
    this.#key = key;
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      // A full piece waits for more: only then it is known not to be the last.
      if (this.#filled === PIECE_BYTES) await this.#write(false);
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  async end(): Promise<void> {
    await this.#write(true);
  }

  async #write(isLast: boolean): Promise<void> {
    const cipher = pieceCipher(this.#line, this.#index, isLast);
    const text = this.#piece.slice(0, this.#filled);
    const sealed = new Uint8Array(await crypto.subtle.encrypt(cipher, this.#key, text));
    const frame = new Uint8Array(FRAME_BYTES);
    const view = new DataView(frame.buffer);
    view.setUint32(0, sealed.length);
    view.setUint8(4, isLast ? 1 : 0);
    writeFully(this.#file, frame);
    writeFully(this.#file, sealed);
    this.#index++;
    this.#filled = 0;
  }
}

function writeFully(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
