/** Standard input and output as the surfaces take them (`surfaces/cli/output.ts`). */

/** One output stream. */
export interface TerminalOutput {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** Whether its reader has gone. */
  readonly isGone: boolean;
}

/** Standard input. */
export interface TerminalInput {
  readonly isTerminal: boolean;
  read(): Promise<Uint8Array | null>;
  setRaw(raw: boolean): void;
}

/** The calls of `Deno.stdout` and `Deno.stderr` that are used. */
interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/**
 * Wraps `Deno.stdout` or `Deno.stderr`. A reader that has gone (`ward … | head -1`) ends the
 * output, not the turn.
 *
 * @param noColor The value of NO_COLOR; any text but the empty one turns colours off
 * (no-color.org).
 */
export function terminalOutput(stream: SyncWriter, noColor: string | undefined): TerminalOutput {
  const isTerminal = stream.isTerminal();
  const encoder = new TextEncoder();
  let isGone = false;
  return {
    isTerminal,
    hasColor: isTerminal && !noColor,
    get isGone() {
      return isGone;
    },
    write(text) {
      let bytes = encoder.encode(text);
      while (!isGone && bytes.length > 0) {
        try {
          bytes = bytes.subarray(stream.writeSync(bytes));
        } catch (error) {
          // A pipe set to non-blocking by its other end is full: it takes more in a moment.
          if (error instanceof Deno.errors.WouldBlock) continue;
          isGone = true;
        }
      }
    },
  };
}

/** Size of the terminal; what most have when there is none to ask. */
export function terminalSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal that has no size yet says 0.
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** Calls back after each change of the terminal's size. @returns Ends that. */
export function onTerminalResize(changed: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGWINCH", changed);
  return () => Deno.removeSignalListener("SIGWINCH", changed);
}

/** Wraps `Deno.stdin`. */
export function terminalInput(): TerminalInput {
  return {
    isTerminal: Deno.stdin.isTerminal(),
    async read() {
      const buffer = new Uint8Array(4096);
      const count = await Deno.stdin.read(buffer);
      return count === null ? null : buffer.subarray(0, count);
    },
    setRaw: (raw) => Deno.stdin.setRaw(raw),
  };
}
