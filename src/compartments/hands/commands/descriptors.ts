import * as fs from "node:fs";

/** What stands behind 0, 1 or 2 of a command: an open file or pipe, or nothing at all. */
export type Descriptor = number | "null";

/** The three descriptors of a command. */
export type Descriptors = readonly [Descriptor, Descriptor, Descriptor];

/** Files and pipe ends that ward has to close once a command has its own. */
export class OwnedDescriptors {
  #open: number[] = [];

  /** Takes over an open descriptor. */
  add(descriptor: number): number {
    this.#open.push(descriptor);
    return descriptor;
  }

  /** Closes all; a second call does nothing. */
  close(): void {
    for (const descriptor of this.#open.splice(0)) fs.closeSync(descriptor);
  }
}

/** Writes all bytes. @throws With code `EPIPE` when nobody reads. */
export async function writeAll(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
  if (descriptor === "null") return;
  for (let at = 0; at < bytes.length;) {
    at += await new Promise<number>((resolve, reject) => {
      fs.write(descriptor, bytes, at, bytes.length - at, null, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }
}

/** Reads what is there, at least a byte; an empty array at the end. */
export function readSome(descriptor: number, buffer: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, buffer, 0, buffer.length, null, (error, count) => {
      if (error) reject(error);
      else resolve(buffer.slice(0, count));
    });
  });
}
