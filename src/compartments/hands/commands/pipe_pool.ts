import * as fs from "node:fs";
import { AppError } from "../../../base/app_error.ts";

/** A pipe of the kernel; both ends are closed on exec, so only what is passed is inherited. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** How pipes are made: the runtime has no call for it, so named ones are made and unlinked. */
export interface PipeSource {
  /** Absolute path of `mkfifo`. */
  readonly program: string;
  /** Folder that only this cell uses. */
  readonly folder: string;
}

const BATCH = 16;

/** Makes kernel pipes, so that programs are joined as by a shell: back-pressure, SIGPIPE, bytes. */
export class PipePool {
  readonly #source: PipeSource;
  #ready: string[] = [];

  /** Makes nothing yet. */
  constructor(source: PipeSource) {
    this.#source = source;
  }

  /**
   * Opens a new pipe. Its name is gone before anything is passed on.
   *
   * @throws {AppError} `hands.no_pipes` when none can be made.
   */
  open(): Pipe {
    const path = this.#ready.pop() ?? this.#refill();
    let both = -1;
    try {
      if (Deno.lstatSync(path).isFifo !== true) throw new Error("replaced by something else");
      // Opened for both first: neither end then waits for the other.
      both = fs.openSync(path, "r+");
      const read = fs.openSync(path, "r");
      const write = fs.openSync(path, "w");
      fs.rmSync(path);
      return { read, write };
    } catch (cause) {
      this.#ready = [];
      throw noPipes(cause);
    } finally {
      if (both >= 0) fs.closeSync(both);
    }
  }

  #refill(): string {
    const { program, folder } = this.#source;
    const stem = `${folder}/.ward-pipe-${crypto.randomUUID()}`;
    const paths = Array.from({ length: BATCH }, (_, index) => `${stem}-${index}`);
    try {
      const made = new Deno.Command(program, {
        args: ["-m", "600", "--", ...paths],
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).outputSync();
      if (!made.success) throw new Error(`mkfifo ended with ${made.code}`);
    } catch (cause) {
      throw noPipes(cause);
    }
    this.#ready = paths;
    return this.#ready.pop()!;
  }
}

function noPipes(cause: unknown): AppError {
  return new AppError("hands.no_pipes", "Cannot make a pipe for the command", {
    cause,
    hint: "Install coreutils (mkfifo) and see `ward doctor`",
  });
}
