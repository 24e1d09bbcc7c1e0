/**
 * The witness of the audit chain outside the database: `audit.head` holds how many rows there are
 * and the hash of the last, sealed with a key derived from the database's.
 *
 * Before a transaction commits, the file says what the chain will be (`next`) beside what it is;
 * after the commit, only what it is. A crash in between leaves both, and either is right.
 *
 * The file is three places, each written where it stands, because making a new file each time costs
 * three times as much. What comes before a commit must outlast a power cut and goes to the first and
 * the second by turns; what comes after need not, and goes to the third. The newest counts. A power
 * cut tears one place at most, so a second spoilt one is no accident. Nor is a spoilt third one a
 * way to take the last rows back: it was written after the commit, so only `next` is right then.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type FileSystem, readFully, syncFolder, writeFully } from "./sqlite/file_system.ts";

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

/** What reading the file gives. `forged`: not sealed with this key, or spoilt. */
export type AuditHeadState =
  | { readonly type: "missing" }
  | { readonly type: "forged" }
  | { readonly type: "sealed"; readonly head: AuditHead };

/** Bytes of a place; an alarm is the longest thing in it. */
const PLACE_BYTES = 1024;
const PLACES = 3;
/** The place of what need not outlast a power cut. */
const PASSING_PLACE = 2;

/** What a place holds: the head, how many were written before it, and which place it is. */
interface Placed extends AuditHead {
  readonly turn: number;
  readonly place: number;
}

/** What is known of the file. */
interface Known {
  readonly bytes: Uint8Array;
  readonly newest: Placed;
  /** Of each place; -1 for a spoilt one. */
  readonly turns: readonly number[];
}

/** The file. */
export class AuditHeadFile {
  readonly #files: FileSystem;
  readonly #folder: string;
  readonly #path: string;
  readonly #key: Uint8Array;
  /** Bytes that were found genuine, or written by us, with what they say. */
  #known: Known | null = null;

  /**
   * Derives the sealing key; reads nothing.
   *
   * @param keyHex Of the database, 64 hex digits.
   */
  constructor(files: FileSystem, folder: string, keyHex: string) {
    this.#files = files;
    this.#folder = folder;
    this.#path = `${folder}/audit.head`;
    this.#key = hmac(sha256, hexToBytes(keyHex), utf8ToBytes("ward audit head v2"));
  }

  /** Reads the file and checks its seals. */
  read(): AuditHeadState {
    const bytes = new Uint8Array(PLACES * PLACE_BYTES);
    try {
      const file = this.#files.openSync(this.#path, { read: true });
      try {
        readFully(file, bytes);
      } finally {
        file.close();
      }
    } catch (error) {
      this.#known = null;
      if (error instanceof Deno.errors.NotFound) return { type: "missing" };
      throw error;
    }
    if (this.#known && sameBytes(this.#known.bytes, bytes)) {
      return { type: "sealed", head: this.#known.newest };
    }
    const places: (Placed | null)[] = [];
    for (let place = 0; place < PLACES; place++) places.push(this.#genuine(bytes, place));
    const whole = places.filter((place) => place !== null).sort((a, b) => b.turn - a.turn);
    this.#known = null;
    if (!whole[0] || whole.length < PLACES - 1) return { type: "forged" };
    const { next } = whole[0];
    const newest = places[PASSING_PLACE] === null && next
      ? { ...whole[0], ...next, next: null }
      : whole[0];
    this.#known = { bytes, newest, turns: places.map((place) => place?.turn ?? -1) };
    return { type: "sealed", head: newest };
  }

  /**
   * Writes the head; the file must have been read before, or be missing.
   *
   * @param durable Whether it must outlast a power cut before this returns; else the one before may
   *   come back.
   */
  write(head: AuditHead, durable: boolean): void {
    const { created, count, head: hash, next, alarm } = head;
    const content = { created, count, head: hash, next, alarm };
    const before = this.#known;
    if (!before) return this.#make(content);
    const turn = before.newest.turn + 1;
    const [first = -1, second = -1] = before.turns;
    const place = !durable ? PASSING_PLACE : first <= second ? 0 : 1;
    const placed = { turn, place, ...content };
    const sealed = this.#seal(placed);
    const file = this.#files.openSync(this.#path, { write: true });
    try {
      file.seekSync(place * PLACE_BYTES, Deno.SeekMode.Start);
      writeFully(file, sealed);
      if (durable) file.syncDataSync();
    } catch (error) {
      // What stands there now is not known.
      this.#known = null;
      throw error;
    } finally {
      file.close();
    }
    const bytes = before.bytes.slice();
    bytes.set(sealed, place * PLACE_BYTES);
    this.#known = { bytes, newest: placed, turns: before.turns.with(place, turn) };
  }

  /** A file with the same head in every place: beside, and renamed. */
  #make(content: AuditHead): void {
    const bytes = new Uint8Array(PLACES * PLACE_BYTES);
    let newest: Placed = { turn: 0, place: 0, ...content };
    for (let place = 0; place < PLACES; place++) {
      newest = { turn: place, place, ...content };
      bytes.set(this.#seal(newest), place * PLACE_BYTES);
    }
    const temporary = `${this.#path}.new`;
    const options = { write: true, create: true, truncate: true, mode: 0o600 };
    const file = this.#files.openSync(temporary, options);
    try {
      writeFully(file, bytes);
      file.syncDataSync();
    } finally {
      file.close();
    }
    this.#files.renameSync(temporary, this.#path);
    syncFolder(this.#files, this.#folder);
    this.#known = { bytes, newest, turns: [0, 1, 2] };
  }

  /** A whole place: text, seal, and nothing but zeros behind it. */
  #seal(content: Placed): Uint8Array {
    const text = utf8ToBytes(JSON.stringify(content));
    const place = new Uint8Array(PLACE_BYTES);
    place.set(text);
    place.set(utf8ToBytes(`\n${this.#sealOf(text)}\n`), text.length);
    return place;
  }

  /** What a place says, when we sealed it for that place. */
  #genuine(bytes: Uint8Array, place: number): Placed | null {
    const part = bytes.subarray(place * PLACE_BYTES, (place + 1) * PLACE_BYTES);
    const [text = "", seal = ""] = new TextDecoder().decode(part).split("\n");
    // Whoever could time this has the file, and writes it at once.
    if (seal !== this.#sealOf(utf8ToBytes(text))) return null;
    // What we sealed has the form we gave it.
    const content: Placed = JSON.parse(text);
    return content.place === place ? content : null;
  }

  /** HMAC-SHA-256 in hex. */
  #sealOf(text: Uint8Array): string {
    return bytesToHex(hmac(sha256, this.#key, text));
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
