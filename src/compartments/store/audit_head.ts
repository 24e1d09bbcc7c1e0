/**
 * The witness of the audit chain outside the database: `audit.head` holds how many rows there are
 * and the hash of the last, sealed with a key derived from the database's.
 *
 * Before a transaction commits, the file says what the chain will be (`next`) beside what it is;
 * after the commit, only what it is. A crash in between leaves both, and either is right.
 */
import { type FileSystem, readFully, syncFolder, writeFully } from "./sqlite/file_system.ts";
import { hexBytes, hexText } from "./sqlite/key_check.ts";

/** Hash before the first row. */
export const GENESIS = "0".repeat(64);

/** An end of the chain. */
export interface ChainEnd {
  readonly count: number;
  /** Hash of the last row; {@linkcode GENESIS} without one. */
  readonly head: string;
}

/** Content of the file. */
export interface AuditHead extends ChainEnd {
  /** Whether the database has been made: from then on it must be there. */
  readonly created: boolean;
  /** What a transaction under way will make of it. */
  readonly next: ChainEnd | null;
  /** Why the chain cannot be trusted any more; never goes away. */
  readonly alarm: string | null;
}

/** What reading the file gives. `forged`: not sealed with this key. */
export type AuditHeadState =
  | { readonly type: "missing" }
  | { readonly type: "forged" }
  | { readonly type: "sealed"; readonly head: AuditHead };

/** The file. */
export class AuditHeadFile {
  readonly #files: FileSystem;
  readonly #folder: string;
  readonly #path: string;
  readonly #key: CryptoKey;

  private constructor(files: FileSystem, folder: string, key: CryptoKey) {
    this.#files = files;
    this.#folder = folder;
    this.#path = `${folder}/audit.head`;
    this.#key = key;
  }

  /** Derives the sealing key; reads nothing. */
  static async create(
    files: FileSystem,
    folder: string,
    keyHex: string,
  ): Promise<AuditHeadFile> {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const base = await crypto.subtle.importKey("raw", hexBytes(keyHex), hmac, false, ["sign"]);
    const label = new TextEncoder().encode("ward audit head v1");
    const derived = await crypto.subtle.sign("HMAC", base, label);
    const usages: KeyUsage[] = ["sign", "verify"];
    const key = await crypto.subtle.importKey("raw", derived, hmac, false, usages);
    return new AuditHeadFile(files, folder, key);
  }

  /** Reads the file and checks its seal. */
  async read(): Promise<AuditHeadState> {
    const bytes = new Uint8Array(4096);
    let length: number;
    try {
      const file = this.#files.openSync(this.#path, { read: true });
      try {
        length = readFully(file, bytes);
      } finally {
        file.close();
      }
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return { type: "missing" };
      throw error;
    }
    const [text = "", seal = ""] = new TextDecoder().decode(bytes.subarray(0, length)).split("\n");
    const signed = new TextEncoder().encode(text);
    const genuine = /^[0-9a-f]{64}$/.test(seal) &&
      await crypto.subtle.verify("HMAC", this.#key, hexBytes(seal), signed);
    // What we sealed has the form we gave it.
    return genuine ? { type: "sealed", head: JSON.parse(text) } : { type: "forged" };
  }

  /**
   * Replaces the file.
   *
   * @param durable Whether the replacement must outlast a power cut before this returns; else the
   *   previous content may come back.
   */
  async write(head: AuditHead, durable: boolean): Promise<void> {
    const text = JSON.stringify(head);
    const seal = await crypto.subtle.sign("HMAC", this.#key, new TextEncoder().encode(text));
    const temporary = `${this.#path}.new`;
    const options = { write: true, create: true, truncate: true, mode: 0o600 };
    const file = this.#files.openSync(temporary, options);
    try {
      writeFully(file, new TextEncoder().encode(`${text}\n${hexText(seal)}\n`));
      file.syncDataSync();
    } finally {
      file.close();
    }
    this.#files.renameSync(temporary, this.#path);
    if (durable) syncFolder(this.#files, this.#folder);
  }
}
