import { NotUnderstood } from "./not_understood.ts";

/** A character of a word; quoted ones mean only themselves. An empty quoted unit is `''`. */
export interface Unit {
  readonly text: string;
  readonly quoted: boolean;
}

/** A word with its place in the line. */
export interface WordToken {
  readonly start: number;
  readonly end: number;
  readonly units: readonly Unit[];
  /** Written without any quoting or expansion. */
  readonly plain: boolean;
  /** A `$HOME` or `$PWD` was put in: its value is not the source text. */
  readonly expanded: boolean;
}

/** A line in tokens. */
export interface LexedLine {
  readonly words: ReadonlyMap<number, WordToken>;
  /** How often each operator occurs. */
  readonly operators: ReadonlyMap<string, number>;
}

/** Values of the variables that may be used. */
export interface LineVariables {
  readonly HOME?: string | undefined;
  readonly PWD?: string | undefined;
}

// Longest first. Operators that are never understood are found here too, to be named.
const OPERATORS = [
  "&>>",
  "<<<",
  "<<-",
  "&&",
  "||",
  "|&",
  ";;",
  ";&",
  "&>",
  "<<",
  "<(",
  ">(",
  "<&",
  "<>",
  ">>",
  ">|",
  ">&",
  "&",
  "|",
  ";",
  "(",
  ")",
  "<",
  ">",
  "\n",
];
const REFUSED: Readonly<Record<string, string>> = {
  "<<": "here-document",
  "<<-": "here-document",
  "<(": "process substitution",
  ">(": "process substitution",
  "<&": "duplicated input",
  "<>": "opening for reading and writing",
  ";;": "case branch",
  ";&": "case branch",
  "&": "background command",
};
const ANSI_C: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
/** Unquoted expansions are split and globbed by a shell: only values that survive unchanged. */
const UNSPLIT = /^[A-Za-z0-9_/.@%+,-]*$/;

/**
 * Splits a line into words and operators by bash's quoting rules.
 *
 * It is a second, independent reader beside unbash: `parseLine` runs a line only when both agree
 * on every word.
 *
 * @throws {NotUnderstood} For everything outside the fixed subset.
 */
export function lexLine(line: string, variables: LineVariables): LexedLine {
  const words = new Map<number, WordToken>();
  const operators = new Map<string, number>();
  let at = 0;
  while (at < line.length) {
    const char = line.charAt(at);
    if (char === " " || char === "\t") at++;
    else if (line.startsWith("\\\n", at)) at += 2;
    else if (char === "#") {
      while (at < line.length && line[at] !== "\n") at++;
    } else {
      const operator = OPERATORS.find((text) => line.startsWith(text, at));
      if (operator !== undefined) {
        const why = REFUSED[operator];
        if (why !== undefined) throw new NotUnderstood(why);
        operators.set(operator, (operators.get(operator) ?? 0) + 1);
        at += operator.length;
      } else {
        const word = lexWord(line, at, variables);
        // `2>` is one operator with its descriptor, as long as nothing stands between.
        const isDescriptor = word.plain && /^[0-9]+$/.test(line.slice(at, word.end)) &&
          (line[word.end] === "<" || line[word.end] === ">");
        if (!isDescriptor) words.set(at, word);
        at = word.end;
      }
    }
  }
  return { words, operators };
}

function lexWord(line: string, start: number, variables: LineVariables): WordToken {
  const units: Unit[] = [];
  let plain = true;
  let expanded = false;
  let at = start;
  const quote = (text: string) => {
    plain = false;
    for (const char of text) units.push({ text: char, quoted: true });
    if (text === "") units.push({ text: "", quoted: true });
  };
  /** Reads from a `$`; returns false when the `$` is literal. */
  const dollar = (inQuotes: boolean): boolean => {
    const next = line.charAt(at + 1);
    if (!inQuotes && next === "'") {
      at = ansiC(line, at + 2, quote);
      return true;
    }
    if (!inQuotes && next === '"') throw new NotUnderstood("translated string");
    if (next === "(") throw new NotUnderstood("command substitution");
    const name = /^(?:\{(HOME|PWD)\}|(HOME|PWD)(?![A-Za-z0-9_]))/.exec(line.slice(at + 1));
    if (name) {
      const value = variables[(name[1] ?? name[2]) as keyof LineVariables];
      if (value === undefined || (!inQuotes && !UNSPLIT.test(value))) {
        throw new NotUnderstood("variable");
      }
      quote(value);
      expanded = true;
      at += 1 + name[0].length;
      return true;
    }
    if (/[A-Za-z0-9_{[@*#?$!-]/.test(next)) throw new NotUnderstood("variable");
    // A `$` before anything else not known to be harmless: never guess.
    if (next !== "" && !/[\s"'|;&)./,:\\^%+=~]/.test(next)) throw new NotUnderstood("variable");
    return false;
  };
  while (at < line.length) {
    const char = String.fromCodePoint(line.codePointAt(at)!);
    if (/[\s|;&<>)]/.test(char)) break;
    if (char === "(") throw new NotUnderstood("parenthesis in a word");
    if (char === "`") throw new NotUnderstood("command substitution");
    if (char === "\\") {
      const next = line.codePointAt(at + 1);
      if (next === undefined || next === 10) throw new NotUnderstood("split word");
      quote(String.fromCodePoint(next));
      at += 1 + String.fromCodePoint(next).length;
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw new NotUnderstood("unclosed quote");
      quote(line.slice(at + 1, end));
      at = end + 1;
    } else if (char === '"') {
      at++;
      plain = false;
      units.push({ text: "", quoted: true });
      while (line[at] !== '"') {
        const inner = line.codePointAt(at);
        if (inner === undefined) throw new NotUnderstood("unclosed quote");
        const text = String.fromCodePoint(inner);
        if (text === "`") throw new NotUnderstood("command substitution");
        if (text === "\\" && /[$`"\\\n]/.test(line.charAt(at + 1))) {
          if (line[at + 1] === "\n") throw new NotUnderstood("split word");
          quote(line.charAt(at + 1));
          at += 2;
        } else if (text !== "$" || !dollar(true)) {
          quote(text);
          at += text.length;
        }
      }
      at++;
    } else if (char !== "$" || !dollar(false)) {
      units.push({ text: char, quoted: false });
      at += char.length;
    }
  }
  return { start, end: at, units, plain, expanded };
}

/** Reads the inside of `$'…'`; returns the place behind it. */
function ansiC(line: string, from: number, quote: (text: string) => void): number {
  let at = from;
  let text = "";
  while (line[at] !== "'") {
    if (at >= line.length) throw new NotUnderstood("unclosed quote");
    if (line[at] === "\\") {
      const decoded = ANSI_C[line.charAt(at + 1)];
      if (decoded === undefined) throw new NotUnderstood("escape in $'…'");
      text += decoded;
      at += 2;
    } else text += line[at++];
  }
  quote(text);
  return at + 1;
}
