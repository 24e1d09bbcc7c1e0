/**
 * Puts placeholders in place of what is sensitive, and puts it back.
 *
 * Invariants: the same value keeps the same placeholder as long as the redactor lives; what was
 * found once is found everywhere, also where nothing says what it is; no placeholder is redacted
 * again; `restore(redact(text))` is the text.
 */
import type { RedactionPattern } from "./patterns.ts";

/** What a {@linkcode Redactor} looks for. */
export interface RedactorOptions {
  readonly patterns: readonly RedactionPattern[];
  /** Values that are known to be secret, such as ward's own keys. */
  readonly secrets: readonly string[];
  /** Letters and digits in every placeholder, so that no other text looks like one. */
  readonly nonce: string;
}

/** Shorter ones are words that stand everywhere; they are hidden only where something names them. */
const LEAST_BARE = 8;

/** Of one conversation. */
export class Redactor {
  readonly #patterns: readonly RedactionPattern[];
  readonly #nonce: string;
  readonly #placeholder: RegExp;
  readonly #byValue = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  /** Values that are hidden wherever they stand, the longest first. */
  #bare: string[] = [];
  #version = 0;

  /** Finds nothing yet. */
  constructor({ patterns, secrets, nonce }: RedactorOptions) {
    this.#patterns = patterns;
    this.#nonce = nonce;
    this.#placeholder = new RegExp(`\\[\\[[A-Z0-9_]+_${nonce}\\]\\]`, "g");
    for (const secret of secrets) if (secret.length >= LEAST_BARE) this.#known("SECRET", secret);
  }

  /** Grows when a text that was redacted before could come out otherwise now. */
  get version(): number {
    return this.#version;
  }

  /** The text with placeholders. */
  redact(text: string): string {
    let redacted = this.#hideKnown(text);
    for (const pattern of this.#patterns) {
      redacted = this.#outside(redacted, (part) => this.#hide(part, pattern));
    }
    // What was named at the end may stand bare at the beginning.
    return this.#hideKnown(redacted);
  }

  /** The text with the values again; unknown placeholders stay. */
  restore(text: string): string {
    return text.replaceAll(this.#placeholder, (found) => this.#byPlaceholder.get(found) ?? found);
  }

  /** The same within JSON text, where values stand escaped. */
  restoreJson(text: string): string {
    return text.replaceAll(this.#placeholder, (found) => {
      const value = this.#byPlaceholder.get(found);
      return value === undefined ? found : JSON.stringify(value).slice(1, -1);
    });
  }

  /** Where a text may end in the middle of a placeholder; its length when it does not. */
  cutBeforePlaceholder(text: string): number {
    const begun = /\[(?:\[[A-Z0-9_a-z]{0,80}\]?)?$/.exec(text);
    return begun ? begun.index : text.length;
  }

  #outside(text: string, change: (part: string) => string): string {
    let changed = "";
    let from = 0;
    for (const match of text.matchAll(this.#placeholder)) {
      changed += change(text.slice(from, match.index)) + match[0];
      from = match.index + match[0].length;
    }
    return changed + change(text.slice(from));
  }

  #hideKnown(text: string): string {
    if (!this.#bare.some((value) => text.includes(value))) return text;
    let hidden = text;
    for (const value of this.#bare) {
      if (!hidden.includes(value)) continue;
      const placeholder = this.#byValue.get(value)!;
      hidden = this.#outside(hidden, (part) => part.replaceAll(value, () => placeholder));
    }
    return hidden;
  }

  #hide(text: string, { label, pattern, isOne }: RedactionPattern): string {
    return text.replaceAll(pattern, (whole: string, ...groups: unknown[]) => {
      // A pattern of the user may have no group, then its place comes next.
      const group = typeof groups[0] === "string" ? groups[0] : null;
      const value = group ?? whole;
      if (value === "" || (isOne && !isOne(value))) return whole;
      const at = whole.lastIndexOf(value);
      return whole.slice(0, at) + this.#known(label, value) + whole.slice(at + value.length);
    });
  }

  #known(label: string, value: string): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    const placeholder = `[[${label}_${count}_${this.#nonce}]]`;
    this.#byValue.set(value, placeholder);
    this.#byPlaceholder.set(placeholder, value);
    if (value.length >= LEAST_BARE) {
      this.#bare = [...this.#bare, value].sort((a, b) => b.length - a.length);
      this.#version++;
    }
    return placeholder;
  }
}
