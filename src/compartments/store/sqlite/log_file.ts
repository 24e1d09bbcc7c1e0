/**
 * The write-ahead log as a file: what SQLite writes piece by piece (a header and a page for each
 * frame) goes to the file as one piece before it is synced, and the file grows ahead of it, because
 * a sync that also has to make a file longer takes twice as long.
 *
 * What stands behind the last frame is zeros, which SQLite takes for the end of the log: a frame
 * counts only with the salt and the running checksum of the log (fileformat2 §4).
 */
import { readFully, type StoreFile, writeFully } from "./file_system.ts";

/** How far the file grows ahead. */
const AHEAD_BYTES = 64 * 1024;
/** Waiting bytes that are written without being asked to. */
const WAITING_BYTES = 256 * 1024;

/** See the head of this file. Offsets and sizes are bytes. */
export class LogFile {
  readonly #file: StoreFile;
  #size: number;
  #end = 0;
  #waiting: Uint8Array[] = [];
  #waitingFrom = 0;
  #waitingBytes = 0;

  /** Takes an open file. */
  constructor(file: StoreFile) {
    this.#file = file;
    this.#size = file.statSync().size;
  }

  /** Where the last piece ended. */
  get end(): number {
    return this.#end;
  }

  /** Takes a copy of the bytes; they are in the file after {@linkcode flush}. */
  write(bytes: Uint8Array, at: number): void {
    if (this.#waitingBytes > 0 && at !== this.#waitingFrom + this.#waitingBytes) this.flush();
    if (this.#waitingBytes === 0) this.#waitingFrom = at;
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > WAITING_BYTES) this.flush();
  }

  /** Reads; fewer bytes than asked for at the end of the file. */
  read(buffer: Uint8Array, at: number): number {
    this.flush();
    this.#file.seekSync(at, 0);
    return readFully(this.#file, buffer);
  }

  /** Puts what waits into the file. */
  flush(): void {
    if (this.#waitingBytes === 0) return;
    const end = this.#waitingFrom + this.#waitingBytes;
    const size = end > this.#size ? end + AHEAD_BYTES : end;
    const whole = new Uint8Array(size - this.#waitingFrom);
    let at = 0;
    for (const piece of this.#waiting) {
      whole.set(piece, at);
      at += piece.length;
    }
    const from = this.#waitingFrom;
    // Dropped also when writing fails: SQLite gives the transaction up then.
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#file.seekSync(from, 0);
    writeFully(this.#file, whole);
    this.#size = Math.max(this.#size, size);
    this.#end = end;
  }

  /** Puts what waits onto the disk. */
  sync(): void {
    this.flush();
    this.#file.syncDataSync();
  }

  /** Cuts the file. */
  truncate(size: number): void {
    this.flush();
    this.#file.truncateSync(size);
    this.#size = size;
    this.#end = Math.min(this.#end, size);
  }

  /** Size of the file. */
  size(): number {
    this.flush();
    return this.#file.statSync().size;
  }
}
