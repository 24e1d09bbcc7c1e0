/**
 * Text that came from outside: a page, an answer of an API, another agent, a file of a chat. It is
 * a type of its own, so that it cannot reach a model, a person or a log as if it were ward's text:
 * only `kernel/outside/` reads it, and what it gives back is cleaned and marked.
 */

const TEXTS = new WeakMap<Outside, string>();

/** Options of {@linkcode Outside.of}. */
export interface OutsideOptions {
  /** @default true */
  readonly taints?: boolean | undefined;
}

/** Text from outside, and where it came from. */
export class Outside {
  /** What it is shown under: `web https://example.com/`, `agent codex`. */
  readonly source: string;
  /** Whether whoever reads it has read from outside; not so what a sub-agent says of the inside. */
  readonly taints: boolean;

  private constructor(source: string, taints: boolean) {
    this.source = source;
    this.taints = taints;
  }

  /**
   * Wraps a text.
   *
   * @param source Kind and address; itself from outside, and cleaned before it is shown.
   */
  static of(source: string, text: string, { taints = true }: OutsideOptions = {}): Outside {
    const outside = new Outside(source, taints);
    TEXTS.set(outside, text);
    return outside;
  }

  /** Nothing of the text, whatever prints it. */
  toJSON(): string {
    return `[outside: ${this.source}]`;
  }

  /** Nothing of the text, whatever prints it. */
  toString(): string {
    return this.toJSON();
  }
}

/** The text as it came. For `kernel/outside/` alone; the module-graph test keeps it so. */
export function rawOutside(outside: Outside): string {
  return TEXTS.get(outside) ?? "";
}

/** What a stored message holds of it: where from, and when it was read. */
export interface OutsideRead {
  readonly sources: readonly string[];
  /** Milliseconds since the epoch; of several readings the first. */
  readonly atMs: number;
  /** Of several readings the last. @default `atMs` */
  readonly lastMs?: number | undefined;
}

/** Several readings as one. */
export function joinReads(reads: readonly [OutsideRead, ...OutsideRead[]]): OutsideRead {
  return {
    sources: [...new Set(reads.flatMap(({ sources }) => sources))],
    atMs: Math.min(...reads.map(({ atMs }) => atMs)),
    lastMs: Math.max(...reads.map(({ atMs, lastMs }) => lastMs ?? atMs)),
  };
}
