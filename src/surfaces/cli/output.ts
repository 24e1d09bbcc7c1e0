/** Where a surface writes. Injected, so that no test needs a terminal. */
export interface Output {
  /** Writes the text at once, in order. Must not throw when the reader is gone. */
  write(text: string): void;
  /** Whether a person sees it: a terminal. */
  readonly isTerminal: boolean;
  /** Whether its reader has gone: nothing more arrives. @default false */
  readonly isGone?: boolean;
  /** Whether colours may be used: a terminal, and NO_COLOR is unset. */
  readonly hasColor: boolean;
}

/** What a person types. */
export interface Input {
  readonly isTerminal: boolean;
  /** The next bytes; null at the end. One call at a time. */
  read(): Promise<Uint8Array | null>;
  /** Key by key without echo, or line by line. Ctrl-C is then a byte, not a signal. */
  setRaw(raw: boolean): void;
}

/** Colours by meaning. */
export type Tone = "dim" | "red" | "green" | "yellow" | "bold";

const CODES: Readonly<Record<Tone, string>> = {
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  bold: "1",
};

/** Colours a text that is already sanitised, where colours are on. */
export function paint(output: Output, tone: Tone, text: string): string {
  return output.hasColor && text !== "" ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text;
}
