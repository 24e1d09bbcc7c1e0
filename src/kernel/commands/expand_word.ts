import type { Word, WordPart } from "../../model/cells/command.ts";
import type { Unit } from "./lex_line.ts";
import { NotUnderstood } from "./not_understood.ts";

/** Words that one word may become. */
const MAX_WORDS = 1000;
const RANGE =
  /^(?:(-?[0-9]{1,6})\.\.(-?[0-9]{1,6})|([a-z])\.\.([a-z])|([A-Z])\.\.([A-Z]))(?:\.\.([1-9][0-9]{0,5}))?$/;

/**
 * What a shell makes of one word before it looks at files: braces, then the tilde; globs stay.
 *
 * @param home Value of `~`; undefined when it is not known.
 * @throws {NotUnderstood} For forms whose meaning bash decides by rules not copied here.
 */
export function expandWord(units: readonly Unit[], home: string | undefined): Word[] {
  return expandBraces(units)
    // A word that is empty without quotes vanishes: `{,x}` is just `x`.
    .filter((word) => word.length > 0)
    .map((word) => toWord(expandTilde(word, home)));
}

/** The single literal text of a word, as a redirection or `<<<` takes it. */
export function literalWord(units: readonly Unit[], home: string | undefined): string {
  const words = expandWord(units, home);
  const [word] = words;
  if (words.length !== 1 || word === undefined || word.parts.some((part) => part.type === "glob")) {
    throw new NotUnderstood("expansion in a redirection");
  }
  return word.parts.map((part) => part.type === "text" ? part.text : "").join("");
}

function isBare(unit: Unit | undefined, text: string): boolean {
  return unit !== undefined && !unit.quoted && unit.text === text;
}

function expandBraces(units: readonly Unit[]): Unit[][] {
  const open = units.findIndex((unit) => isBare(unit, "{"));
  if (open < 0) return [[...units]];
  let depth = 0;
  let close = -1;
  const commas: number[] = [];
  for (let at = open; at < units.length && close < 0; at++) {
    if (isBare(units[at], "{")) depth++;
    else if (isBare(units[at], "}") && --depth === 0) close = at;
    else if (depth === 1 && isBare(units[at], ",")) commas.push(at);
  }
  if (close < 0) throw new NotUnderstood("unclosed brace");
  const inner = units.slice(open + 1, close);
  const middles = commas.length > 0
    ? splitAt(units, open, close, commas).flatMap(expandBraces)
    : expandRange(inner);
  const tails = expandBraces(units.slice(close + 1));
  const head = units.slice(0, open);
  const all = middles.flatMap((middle) => tails.map((tail) => [...head, ...middle, ...tail]));
  if (all.length > MAX_WORDS) throw new NotUnderstood("very long brace expansion");
  return all;
}

function splitAt(units: readonly Unit[], open: number, close: number, commas: number[]): Unit[][] {
  const edges = [open, ...commas, close];
  return edges.slice(1).map((edge, index) => units.slice(edges[index]! + 1, edge));
}

function expandRange(inner: readonly Unit[]): Unit[][] {
  const text = inner.map((unit) => unit.text).join("");
  const range = inner.every((unit) => !unit.quoted) ? RANGE.exec(text) : null;
  if (!range) {
    if (/[{},]|\.\./.test(text)) throw new NotUnderstood("brace expansion");
    // `{}` and `{x}` are literal in bash.
    const brace = (char: string): Unit => ({ text: char, quoted: true });
    return [[brace("{"), ...inner, brace("}")]];
  }
  const step = Number(range[7] ?? 1);
  const numeric = range[1] !== undefined;
  const [fromText, toText] = [range[1] ?? range[3] ?? range[5]!, range[2] ?? range[4] ?? range[6]!];
  const padded = numeric && [fromText, toText].some((part) => /^-?0[0-9]/.test(part));
  if (padded && /-/.test(fromText + toText)) throw new NotUnderstood("brace expansion");
  const width = padded ? Math.max(fromText.length, toText.length) : 0;
  const [from, to] = numeric
    ? [Number(fromText), Number(toText)]
    : [fromText.charCodeAt(0), toText.charCodeAt(0)];
  if (Math.abs(to - from) / step >= MAX_WORDS) {
    throw new NotUnderstood("very long brace expansion");
  }
  const items: Unit[][] = [];
  const sign = to < from ? -1 : 1;
  for (let value = from; sign * value <= sign * to; value += sign * step) {
    const item = numeric ? String(value).padStart(width, "0") : String.fromCharCode(value);
    items.push([...item].map((char) => ({ text: char, quoted: false })));
  }
  return items;
}

function expandTilde(units: readonly Unit[], home: string | undefined): Unit[] {
  const result = [...units];
  for (let at = 0; at < result.length; at++) {
    if (!isBare(result[at], "~")) continue;
    const before = result[at - 1];
    if (at === 0) {
      const after = result[1];
      if (home === undefined || (after !== undefined && !isBare(after, "/"))) {
        throw new NotUnderstood("tilde");
      }
      result.splice(0, 1, { text: home, quoted: true });
      // In words that look like assignments bash expands a tilde behind `=` and `:` too.
    } else if (isBare(before, "=") || isBare(before, ":")) throw new NotUnderstood("tilde");
  }
  return result;
}

function toWord(units: readonly Unit[]): Word {
  const parts: WordPart[] = [];
  const text = (value: string) => {
    const last = parts.at(-1);
    if (last?.type === "text") parts[parts.length - 1] = { type: "text", text: last.text + value };
    else parts.push({ type: "text", text: value });
  };
  for (let at = 0; at < units.length; at++) {
    const unit = units[at]!;
    if (unit.quoted || !/^[*?[]$/.test(unit.text)) text(unit.text);
    else if (unit.text !== "[") parts.push({ type: "glob", pattern: unit.text });
    else {
      const close = units.findIndex((other, index) => index > at && isBare(other, "]"));
      const inside = units.slice(at + 1, close);
      const set = inside.map((other) => other.text).join("");
      if (close < 0 || inside.some((other) => other.quoted) || !isSimpleSet(set)) {
        throw new NotUnderstood("bracket pattern");
      }
      parts.push({ type: "glob", pattern: `[${set}]` });
      at = close;
    }
  }
  return { parts: parts.length > 0 ? parts : [{ type: "text", text: "" }] };
}

/** Single characters and ranges of one kind: what means the same in every locale. */
function isSimpleSet(set: string): boolean {
  const body = /^[!^]/.test(set) ? set.slice(1) : set;
  if (!/^[A-Za-z0-9_.,%+@=#-]+$/.test(body)) return false;
  const ranges = body.replace(/^-|-$/g, "").match(/.?-.?/g) ?? [];
  return ranges.every((range) =>
    /^(?:[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z])$/.test(range) && range[0]! <= range[2]!
  );
}
