import * as fs from "node:fs";
import { readSome, writeAll } from "./descriptors.ts";
import type { Pipe } from "./pipe_pool.ts";

const CHUNK = 65_536;
const MARKER_BYTES = 32;

/** What stdout and stderr may keep together, and where the flood begins. */
export class OutputBudget {
  #left: number;
  #dropped = 0;
  readonly #floodBytes: number;
  readonly #onFlood: () => void;

  /** @param onFlood Called once, when more than `floodBytes` were dropped. */
  constructor(limitBytes: number, floodBytes: number, onFlood: () => void) {
    this.#left = limitBytes;
    this.#floodBytes = floodBytes;
    this.#onFlood = onFlood;
  }

  /** Bytes dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The part of a chunk that may be kept. */
  take(chunk: Uint8Array): Uint8Array {
    const kept = chunk.subarray(0, this.#left);
    this.#left -= kept.length;
    const before = this.#dropped;
    this.#dropped += chunk.length - kept.length;
    if (before <= this.#floodBytes && this.#dropped > this.#floodBytes) this.#onFlood();
    return kept;
  }
}

/**
 * Reads one output of a run. The end is a random marker that ward itself writes when its programs
 * are done: a process they left behind can hold the pipe open, yet the run ends.
 */
export class Capture {
  /** Where the programs write. */
  readonly write: number;
  readonly #read: number;
  readonly #budget: OutputBudget;
  readonly #marker = crypto.getRandomValues(new Uint8Array(MARKER_BYTES));
  readonly #kept: Uint8Array[] = [];
  readonly #onText: ((text: string) => void) | null;
  readonly #decoder = new TextDecoder();
  readonly #done: Promise<void>;

  /**
   * Starts to read.
   *
   * @param onText Takes the text as it comes; then nothing is kept.
   */
  constructor(pipe: Pipe, budget: OutputBudget, onText: ((text: string) => void) | null = null) {
    this.write = pipe.write;
    this.#read = pipe.read;
    this.#budget = budget;
    this.#onText = onText;
    this.#done = this.#pump();
  }

  /** Ends the capture; everything the programs wrote until now is in it. */
  async finish(): Promise<string> {
    try {
      await writeAll(this.write, this.#marker);
      await this.#done;
    } finally {
      fs.closeSync(this.write);
      fs.closeSync(this.#read);
    }
    if (this.#onText) {
      this.#tell(this.#decoder.decode());
      return "";
    }
    const bytes = new Uint8Array(await new Blob(this.#kept as BlobPart[]).arrayBuffer());
    return this.#decoder.decode(bytes);
  }

  async #pump(): Promise<void> {
    const buffer = new Uint8Array(CHUNK);
    // What may be the first part of the marker is held back.
    let held = new Uint8Array(0);
    while (true) {
      const chunk = await readSome(this.#read, buffer);
      const bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
      const end = indexOf(bytes, this.#marker);
      if (end >= 0 || chunk.length === 0) {
        this.#keep(end >= 0 ? bytes.subarray(0, end) : bytes);
        return;
      }
      const safe = bytes.length - beginningAtEnd(bytes, this.#marker);
      this.#keep(bytes.subarray(0, safe));
      held = bytes.slice(safe);
    }
  }

  #keep(bytes: Uint8Array): void {
    const kept = this.#budget.take(bytes);
    if (kept.length === 0) return;
    if (this.#onText) this.#tell(this.#decoder.decode(kept, { stream: true }));
    else this.#kept.push(kept.slice());
  }

  #tell(text: string): void {
    if (text !== "") this.#onText?.(text);
  }
}

/** How many bytes at the end are the beginning of the marker. */
function beginningAtEnd(bytes: Uint8Array, marker: Uint8Array): number {
  const most = Math.min(bytes.length, marker.length - 1);
  for (let count = most; count > 0; count--) {
    const end = bytes.subarray(bytes.length - count);
    if (end.every((byte, index) => byte === marker[index])) return count;
  }
  return 0;
}

function indexOf(bytes: Uint8Array, marker: Uint8Array): number {
  const first = marker[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + marker.length > bytes.length) return -1;
    if (marker.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
