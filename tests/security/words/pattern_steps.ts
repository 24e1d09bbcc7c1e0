/**
 * Counts the steps of a backtracking matcher, as V8's is one, over texts that are made from the
 * pattern to keep it busy. Time is not measured: the counts are the same on every machine.
 */
import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** A pattern as it stands in a source. */
export interface Pattern {
  readonly source: string;
  readonly flags: string;
}

type Node =
  | AST.Pattern
  | AST.Alternative
  | AST.Element
  | AST.Quantifier
  | AST.CharacterClassElement;
/** Goes on at a place; whether the rest of the pattern matches there. */
type Rest = (at: number) => boolean;
type Step = (at: number, rest: Rest) => boolean;

/** Characters that classes are tried with; a class that has none of them is not repeated here. */
const POOL = [..." a1\n-_.:/,\"'`*#A0é😀x[](){}<>=@\\;+~!$%&?^|\t\u200b世"];

/** Steps of more than this are not counted on: the pattern is far past any bound. */
const MOST_STEPS = 200_000;

/** A text that takes more than about twice the steps when it is twice as long, or nothing. */
export function slowText(pattern: Pattern): string | null {
  const matcher = new Matcher(pattern);
  for (const make of matcher.attacks()) {
    const [short, long] = [matcher.steps(make(24)), matcher.steps(make(48))];
    if (long >= MOST_STEPS || (long > 2.9 * short && long > 300)) return make(3);
  }
  return null;
}

class Matcher {
  readonly #flags: string;
  readonly #root: AST.Pattern;
  readonly #classes = new Map<string, RegExp>();
  readonly #known = new Map<string, boolean>();
  readonly #spans = new Map<AST.CapturingGroup, readonly [number, number]>();
  #text = "";
  #count = 0;

  constructor({ source, flags }: Pattern) {
    this.#flags = flags;
    this.#root = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(
      source,
      0,
      source.length,
      { unicode: flags.includes("u"), unicodeSets: flags.includes("v") },
    );
  }

  /** Steps to find all matches in a text. */
  steps(text: string): number {
    this.#text = text;
    this.#count = 0;
    const start = this.#step(this.#root, 1);
    for (let at = 0; at <= text.length && this.#count < MOST_STEPS; at++) {
      let end = -1;
      this.#spans.clear();
      if (start(at, (place) => (end = place, true))) at = Math.max(at, end - 1);
      if (this.#flags.includes("y")) break;
    }
    return this.#count;
  }

  /** Texts that repeat what the pattern repeats, after what leads there, before what fails. */
  attacks(): ((times: number) => string)[] {
    const made = new Map<string, (times: number) => string>();
    for (const { node, before } of this.#repeated(this.#root, "")) {
      const ones = this.#samples(node.element);
      const outside = POOL.filter((one) => !ones.includes(one) && !this.#matches(node.element, one))
        .slice(0, 2);
      for (const pump of new Set([...ones, ...ones.map((one) => before + one), before])) {
        if (pump === "") continue;
        for (const head of new Set(["", before, `${before} `])) {
          for (const tail of ["", "\x01", "\n\x01\n\x01", " a".repeat(5), ...outside]) {
            made.set(
              JSON.stringify([head, pump, tail]),
              (times) => head + pump.repeat(times) + tail,
            );
          }
        }
      }
    }
    return [...made.values()];
  }

  /** What is repeated without a bound worth the name, and a shortest text that leads to it. */
  *#repeated(node: Node, before: string): Generator<{ node: AST.Quantifier; before: string }> {
    switch (node.type) {
      case "Pattern":
      case "Group":
      case "CapturingGroup":
      case "Assertion":
        if (!("alternatives" in node)) return;
        for (const one of node.alternatives) yield* this.#repeated(one, before);
        return;
      case "Alternative": {
        let lead = before;
        for (const one of node.elements) {
          yield* this.#repeated(one, lead);
          lead += this.#samples(one)[0] ?? "";
        }
        return;
      }
      case "Quantifier":
        if (node.max > 64) yield { node, before };
        yield* this.#repeated(node.element, before);
    }
  }

  /** Texts that a node matches: the shortest, one for each way at most. */
  #samples(node: Node): string[] {
    switch (node.type) {
      case "Pattern":
      case "Group":
      case "CapturingGroup":
        return node.alternatives.flatMap((one) => this.#samples(one)).slice(0, 6);
      case "Alternative":
        return [node.elements.map((one) => this.#samples(one)[0] ?? "").join("")];
      case "Quantifier":
        return [(this.#samples(node.element)[0] ?? "").repeat(node.min)];
      case "Character":
        return [String.fromCodePoint(node.value)];
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass":
        return POOL.filter((one) => this.#fits(node, one)).slice(0, 4);
      default:
        return [""];
    }
  }

  /** Whether a character is one repetition of a node. */
  #matches(node: Node, one: string): boolean {
    this.#text = one;
    this.#count = 0;
    return this.#step(node, 1)(0, (end) => end === one.length);
  }

  #fits(node: AST.Element, one: string): boolean {
    const key = `${node.raw} ${one}`;
    const found = this.#known.get(key);
    if (found !== undefined) return found;
    let pattern = this.#classes.get(node.raw);
    if (!pattern) {
      pattern = new RegExp(`^(?:${node.raw})$`, this.#flags.replace(/[dgmy]/g, ""));
      this.#classes.set(node.raw, pattern);
    }
    const fits = pattern.test(one);
    this.#known.set(key, fits);
    return fits;
  }

  /** @param way 1 reads forward, -1 backward, as in a look behind. */
  #step(node: Node, way: 1 | -1): Step {
    switch (node.type) {
      case "Pattern":
      case "Group":
        return this.#any(node.alternatives, way);
      case "CapturingGroup": {
        const inner = this.#any(node.alternatives, way);
        return (at, rest) =>
          inner(at, (end) => {
            const old = this.#spans.get(node);
            this.#spans.set(node, way === 1 ? [at, end] : [end, at]);
            if (rest(end)) return true;
            if (old) this.#spans.set(node, old);
            else this.#spans.delete(node);
            return false;
          });
      }
      case "Alternative": {
        const steps = node.elements.map((one) => this.#step(one, way));
        if (way === -1) steps.reverse();
        return (at, rest) => {
          const go = (n: number, place: number): boolean =>
            n === steps.length ? rest(place) : steps[n]!(place, (next) => go(n + 1, next));
          return go(0, at);
        };
      }
      case "Quantifier":
        return this.#repeat(node, way);
      case "Assertion":
        return this.#assertion(node);
      case "Backreference":
        return (at, rest) => {
          this.#count++;
          const groups = [node.resolved].flat();
          const span = groups.map((group) => this.#spans.get(group)).find(Boolean);
          const said = span ? this.#text.slice(...span) : "";
          const begin = way === 1 ? at : at - said.length;
          return begin >= 0 && this.#text.startsWith(said, begin) && rest(at + way * said.length);
        };
      default:
        return (at, rest) => {
          this.#count++;
          const one = this.#read(at, way);
          return one !== "" && this.#fits(node as AST.Element, one) && rest(at + way * one.length);
        };
    }
  }

  #any(alternatives: readonly AST.Alternative[], way: 1 | -1): Step {
    const ways = alternatives.map((one) => this.#step(one, way));
    return (at, rest) => ways.some((one) => one(at, rest));
  }

  #repeat({ element, min, max, greedy }: AST.Quantifier, way: 1 | -1): Step {
    const one = this.#step(element, way);
    return (at, rest) => {
      const go = (times: number, place: number): boolean => {
        if (this.#count > MOST_STEPS) return true;
        const more = () =>
          times < max && one(place, (end) => (end !== place || times < min) && go(times + 1, end));
        if (times < min) return more();
        return greedy ? more() || rest(place) : rest(place) || more();
      };
      return go(0, at);
    };
  }

  #assertion(node: AST.Assertion): Step {
    if (node.kind === "lookahead" || node.kind === "lookbehind") {
      const inner = this.#any(node.alternatives, node.kind === "lookahead" ? 1 : -1);
      return (at, rest) => inner(at, () => true) !== node.negate && rest(at);
    }
    const multiline = this.#flags.includes("m");
    const isWord = (one: string) => /^\w$/.test(one);
    const negated = node.kind === "word" && node.negate;
    return (at, rest) => {
      this.#count++;
      const [left, right] = [this.#text[at - 1] ?? "", this.#text[at] ?? ""];
      const holds = node.kind === "start"
        ? left === "" || multiline && left === "\n"
        : node.kind === "end"
        ? right === "" || multiline && right === "\n"
        : (isWord(left) !== isWord(right)) !== negated;
      return holds && rest(at);
    };
  }

  #read(at: number, way: 1 | -1): string {
    if (!/[uv]/.test(this.#flags)) return this.#text[way === 1 ? at : at - 1] ?? "";
    if (way === 1) {
      return String.fromCodePoint(...[this.#text.codePointAt(at)].flatMap((x) => x ?? []));
    }
    const before = this.#text.slice(Math.max(0, at - 2), at);
    return [...before].at(-1) ?? "";
  }
}
