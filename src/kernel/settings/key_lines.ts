/**
 * Where each key of a TOML text stands, because the parser keeps no positions.
 *
 * Invariant: the text has already been parsed without an error; on other text the answer is
 * useless but the scan still ends. A line is only used in messages, never to decide.
 */

/** Part of a path: a key, or a position in an array of tables. */
export type PathPart = string | number;

/** Lines by key path. */
export interface KeyLines {
  /**
   * Line of a key, from 1; of its nearest parent when the key has none of its own.
   *
   * @returns null when not even a parent is written in the text.
   */
  lineOf(path: readonly PathPart[]): number | null;
}

/**
 * Scans tables, arrays of tables, dotted and quoted keys, inline tables and multi-line values.
 *
 * @param text TOML text that parses.
 */
export function keyLines(text: string): KeyLines {
  const scanner = new Scanner(text);
  scanner.document();
  return {
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = scanner.lines.get(JSON.stringify(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return null;
    },
  };
}

/** Parts of a key that are told apart: many times those of the deepest setting. */
const MAX_PARTS = 32;

/** Walks the text once; lives for one scan. */
class Scanner {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  /** Length of each array of tables by its path. */
  readonly #arrays = new Map<string, number>();
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table: PathPart[] = [];
    for (;;) {
      this.#skip(" \t\r\n");
      if (this.#at >= this.#text.length) return;
      const before = this.#at;
      if (this.#peek() === "#") this.#toLineEnd();
      else if (this.#peek() === "[") table = this.#header();
      else this.#pair(table);
      // Text that is not TOML must not hold the scan.
      if (this.#at === before) this.#next();
    }
  }

  #header(): PathPart[] {
    const line = this.#line;
    this.#next();
    const isArray = this.#peek() === "[";
    if (isArray) this.#next();
    const keys = this.#keys();
    this.#toLineEnd();
    const path: PathPart[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      this.#note(path, line);
      const id = JSON.stringify(path);
      let length = this.#arrays.get(id);
      if (isArray && index === keys.length - 1) {
        length = (length ?? 0) + 1;
        this.#arrays.set(id, length);
      }
      if (length !== undefined) {
        path.push(length - 1);
        this.#note(path, line);
      }
    });
    return path;
  }

  #pair(table: readonly PathPart[]): void {
    const line = this.#line;
    const path = [...table];
    for (const key of this.#keys()) {
      path.push(key);
      this.#note(path, line);
    }
    this.#skip(" \t");
    if (this.#peek() !== "=") return;
    this.#next();
    this.#value(path);
  }

  /** One value, with the keys of inline tables in it. */
  #value(path: readonly PathPart[]): void {
    this.#skip(" \t");
    const char = this.#peek();
    if (char === '"' || char === "'") this.#string();
    else if (char === "{") this.#inlineTable(path);
    else if (char === "[") this.#array(path);
    else while (this.#at < this.#text.length && !",]}#\r\n".includes(this.#peek())) this.#next();
  }

  #inlineTable(path: readonly PathPart[]): void {
    this.#next();
    while (this.#at < this.#text.length) {
      this.#blank();
      if (this.#peek() === "}") return this.#next();
      const before = this.#at;
      this.#pair(path);
      this.#blank();
      if (this.#peek() === "," || this.#at === before) this.#next();
    }
  }

  #array(path: readonly PathPart[]): void {
    this.#next();
    for (let index = 0; this.#at < this.#text.length; index++) {
      this.#blank();
      if (this.#peek() === "]") return this.#next();
      const before = this.#at;
      this.#note([...path, index], this.#line);
      this.#value([...path, index]);
      this.#blank();
      if (this.#peek() === "," || this.#at === before) this.#next();
    }
  }

  #keys(): string[] {
    const keys: string[] = [];
    const add = (key: string) => keys.length < MAX_PARTS && keys.push(key);
    for (;;) {
      this.#skip(" \t");
      const char = this.#peek();
      if (char === '"' || char === "'") add(this.#string());
      else {
        const start = this.#at;
        while (/[A-Za-z0-9_-]/.test(this.#peek())) this.#next();
        if (this.#at === start) return keys;
        add(this.#text.slice(start, this.#at));
      }
      this.#skip(" \t");
      if (this.#peek() !== ".") return keys;
      this.#next();
    }
  }

  /** A string of any of the four kinds; its text with the escapes that a key may hold undone. */
  #string(): string {
    const quote = this.#peek();
    const fence = this.#text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#next(fence.length);
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#text.startsWith(fence, this.#at)) {
      this.#next(quote === '"' && this.#peek() === "\\" ? 2 : 1);
    }
    const raw = this.#text.slice(start, this.#at);
    this.#next(fence.length);
    // A multi-line string may end in up to two quotes of its own.
    if (fence.length === 3) this.#skip(quote);
    return quote === '"' ? unescape(raw) : raw;
  }

  /** Spaces, line ends and comments: what may stand between the parts of an array. */
  #blank(): void {
    for (;;) {
      this.#skip(" \t\r\n");
      if (this.#peek() !== "#") return;
      this.#toLineEnd();
    }
  }

  #skip(chars: string): void {
    while (this.#at < this.#text.length && chars.includes(this.#peek())) this.#next();
  }

  #toLineEnd(): void {
    while (this.#at < this.#text.length && this.#peek() !== "\n") this.#next();
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #next(count = 1): void {
    for (let step = 0; step < count && this.#at < this.#text.length; step++) {
      if (this.#text[this.#at++] === "\n") this.#line++;
    }
  }

  #note(path: readonly PathPart[], line: number): void {
    const id = JSON.stringify(path);
    if (!this.lines.has(id)) this.lines.set(id, line);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
};

function unescape(raw: string): string {
  return raw.replace(
    /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g,
    (_, x, u, long, char) => {
      const hex = x ?? u ?? long;
      if (hex === undefined) return ESCAPES[char] ?? char;
      const code = Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );
}
