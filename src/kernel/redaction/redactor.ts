/**
 * Puts placeholders in place of what is sensitive, and puts it back.
 *
 * Invariants: the same value keeps the same placeholder as long as the redactor lives; what was
 * found once is found everywhere, also where nothing says what it is; no placeholder is redacted
 * again; `restore(redact(text))` is the text. Patterns see the text as it is, never one in which
 * values that were found before are hidden: a value that was first seen cut would leave the rest of
 * the whole one.
 */
import { matchesByPiece } from "./own_pattern.ts";
import type { RedactionPattern } from "./redaction_pattern.ts";

/** What a {@linkcode Redactor} looks for. */
export interface RedactorOptions {
  readonly patterns: readonly RedactionPattern[];
  /** Values that are known to be secret now, such as ward's own keys; only grows. */
  secrets(): readonly string[];
  /** Letters and digits in every placeholder, so that no other text looks like one. */
  readonly nonce: string;
}

/** Shorter ones are words that stand everywhere; they are hidden only where something names them. */
const LEAST_BARE = 8;

/** A part of a text that is hidden. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Of one conversation. */
export class Redactor {
  readonly #patterns: readonly RedactionPattern[];
  readonly #nonce: string;
  readonly #placeholder: RegExp;
  readonly #byValue = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  /** Values that are hidden wherever they stand, with their labels, in the order of finding. */
  readonly #bare = new Map<string, string>();

  readonly #secrets: RedactorOptions["secrets"];
  /** What it has of them. */
  #learned: readonly string[] = [];

  /** Finds nothing yet. */
  constructor({ patterns, secrets, nonce }: RedactorOptions) {
    this.#patterns = patterns;
    this.#secrets = secrets;
    this.#nonce = nonce;
    this.#placeholder = new RegExp(`\\[\\[[A-Z0-9_]+_${nonce}\\]\\]`, "g");
    this.#learnSecrets();
  }

  /** Grows when a text that was redacted before could come out otherwise now. */
  get version(): number {
    this.#learnSecrets();
    return this.#bare.size;
  }

  /** Values found after that version, which may stand in what was redacted before. */
  valuesSince(version: number): readonly string[] {
    return [...this.#bare.keys()].slice(version);
  }

  /** The text with placeholders. */
  redact(text: string): string {
    this.#learnSecrets();
    const parts = this.#outside(text);
    const spans = parts.flatMap((part) => this.#find(part));
    for (const { pattern, label, from, to } of spans) {
      const value = text.slice(from, to);
      this.#learn(label, value);
      for (const reading of pattern.readings?.(value) ?? []) this.#learn(label, reading);
    }
    const hidden = [...spans, ...parts.flatMap((part) => this.#findKnown(part))];
    return this.#hide(text, joined(hidden));
  }

  /** The value of a field of an object, which may say what it is: `{"password": "x"}`. */
  redactField(key: string, value: string): string {
    const named = this.#patterns.find((pattern) => pattern.key?.test(key));
    if (named && value !== "" && this.#outside(value)[0]?.text === value) {
      this.#learn(named.label, value);
      return this.#placeholderOf(named.label, value);
    }
    const prefix = `${key}: `;
    const whole = this.redact(prefix + value);
    return this.redact(whole.startsWith(prefix) ? whole.slice(prefix.length) : value);
  }

  /** The text with the values again; unknown placeholders stay. */
  restore(text: string): string {
    return text.replaceAll(this.#placeholder, (found) => this.#byPlaceholder.get(found) ?? found);
  }

  /** The same within JSON text, where values stand escaped. */
  restoreJson(text: string): string {
    return text.replaceAll(this.#placeholder, (found) => {
      const value = this.#byPlaceholder.get(found);
      return value === undefined ? found : escaped(value);
    });
  }

  /** Where a text may end in the middle of a placeholder; its length when it does not. */
  cutBeforePlaceholder(text: string): number {
    const begun = /\[(?:\[[A-Z0-9_a-z]{0,80}\]?)?$/.exec(text);
    return begun ? begun.index : text.length;
  }

  /** What stands between placeholders. */
  #outside(text: string): { readonly text: string; readonly at: number }[] {
    const parts: { text: string; at: number }[] = [];
    let at = 0;
    for (const match of text.matchAll(this.#placeholder)) {
      parts.push({ text: text.slice(at, match.index), at });
      at = match.index + match[0].length;
    }
    parts.push({ text: text.slice(at), at });
    return parts.filter((part) => part.text !== "");
  }

  #find({ text, at }: { text: string; at: number }): (Span & { pattern: RedactionPattern })[] {
    return this.#patterns.flatMap((pattern) =>
      [...matchesOf(text, pattern)].flatMap(({ match, at: piece }) => {
        const { indices } = match;
        const [from, to] = indices?.groups?.["hidden"] ?? indices?.[1] ?? indices![0]!;
        if (
          from === to ||
          pattern.isOne?.(match[0].slice(from - match.index, to - match.index)) === false
        ) {
          return [];
        }
        return [{ pattern, label: pattern.label, from: at + piece + from, to: at + piece + to }];
      })
    );
  }

  #findKnown({ text, at }: { text: string; at: number }): Span[] {
    const spans: Span[] = [];
    for (const [value, label] of this.#bare) {
      for (let from = text.indexOf(value); from >= 0; from = text.indexOf(value, from + 1)) {
        spans.push({ from: at + from, to: at + from + value.length, label });
      }
    }
    return spans;
  }

  #hide(text: string, spans: readonly Span[]): string {
    let hidden = "";
    let at = 0;
    for (const { from, to, label } of spans) {
      hidden += text.slice(at, from) + this.#placeholderOf(label, text.slice(from, to));
      at = to;
    }
    return hidden + text.slice(at);
  }

  /** A login that was renewed meanwhile has other tokens than before. */
  #learnSecrets(): void {
    const secrets = this.#secrets();
    if (secrets === this.#learned) return;
    this.#learned = secrets;
    for (const secret of secrets) this.#learn("SECRET", secret);
  }

  /** Where it stands alone from now on, as it is and as JSON has it, it is hidden too. */
  #learn(label: string, value: string): void {
    for (const form of new Set([value, escaped(value), unescaped(value)])) {
      if (form.length >= LEAST_BARE && !this.#bare.has(form)) this.#bare.set(form, label);
    }
  }

  #placeholderOf(label: string, value: string): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    const placeholder = `[[${label}_${count}_${this.#nonce}]]`;
    this.#byValue.set(value, placeholder);
    this.#byPlaceholder.set(placeholder, value);
    return placeholder;
  }
}

function matchesOf(text: string, { pattern, isOwn }: RedactionPattern) {
  return isOwn
    ? matchesByPiece(text, pattern)
    : text.matchAll(pattern).map((match) => ({ match, at: 0 }));
}

/** In order, those that overlap as one under the label of the longest: nothing of either is left. */
function joined(spans: readonly Span[]): Span[] {
  const whole: (Span & { longest: number })[] = [];
  for (const { from, to, label } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = whole.at(-1);
    const length = to - from;
    if (last === undefined || from >= last.to) whole.push({ from, to, label, longest: length });
    else {
      const isLonger = length > last.longest;
      whole[whole.length - 1] = {
        from: last.from,
        to: Math.max(last.to, to),
        label: isLonger ? label : last.label,
        longest: Math.max(last.longest, length),
      };
    }
  }
  return whole;
}

function escaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function unescaped(value: string): string {
  if (!value.includes("\\")) return value;
  try {
    return JSON.parse(`"${value}"`) as string;
  } catch {
    return value;
  }
}
