/**
 * Bounds of tokens where nobody has counted: what a request takes at most, and what an answer took
 * at least. No tokenizer: services have their own, and most do not publish them.
 */
import { estimateWith, type RequestEstimate } from "../context/estimate.ts";

/** A longer stretch without a space is no word. */
const WORD_CHARS = 16;

/** Characters of a word for a token, low on purpose; see `estimateTokens`. */
const WORD_CHARS_PER_TOKEN = 3.5;

/**
 * Tokens of each byte of keys, encodings and symbols. Measured with o200k_base and cl100k_base:
 * Base64 0.71, hex 0.58, random printable text 0.75, scripts without entries of their own 0.9.
 */
const TOKENS_PER_BYTE = 0.8;

/**
 * Tokens that a text takes at most, as far as tokenizers are alike: a digit is one, a stretch that
 * is no word is counted by its bytes, a word by its length.
 */
export function mostTokens(text: string): number {
  let tokens = 0;
  let chars = 0;
  let isWord = true;
  const endStretch = () => {
    if (chars > 0) {
      tokens += isWord && chars <= WORD_CHARS
        ? Math.max(1, chars / WORD_CHARS_PER_TOKEN)
        : chars * TOKENS_PER_BYTE;
    }
    chars = 0;
    isWord = true;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) {
      endStretch();
      tokens += 1 / WORD_CHARS_PER_TOKEN;
    } else if (code >= 0x30 && code <= 0x39) {
      tokens += 1;
      isWord = false;
    } else if (code < 0x80) chars++;
    // Scripts of two bytes have entries in every vocabulary; of the rest some have none.
    else if (code < 0x800) tokens += 1;
    else tokens += (code >= 0xd800 && code <= 0xdfff ? 2 : 3) * TOKENS_PER_BYTE;
  }
  endStretch();
  return Math.ceil(tokens);
}

/** Tokens that a whole request takes at most. */
export const mostOf: RequestEstimate = estimateWith(mostTokens);

/**
 * Tokens that came at least, counted as text comes in pieces: a word is one, and what is no word is
 * taken as thin as text can be.
 */
export class LeastTokens {
  #ended = 0;
  #chars = 0;
  #wide = 0;

  /** Takes a piece; words go on in the next one. */
  add(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code <= 0x20) this.end();
      else if (code >= 0x800) this.#wide++;
      // Lines of dashes and frames of tables are few tokens.
      else if (code >= 0x80 || /[a-z0-9]/i.test(text[at]!)) this.#chars++;
    }
  }

  /** Ends a word. */
  end(): void {
    this.#ended = this.tokens;
    this.#chars = this.#wide = 0;
  }

  /** So far. */
  get tokens(): number {
    const word = this.#chars === 0
      ? 0
      : this.#chars <= WORD_CHARS
      ? 1
      : this.#chars / WORD_CHARS_PER_TOKEN;
    return this.#ended + word + this.#wide / 3;
  }
}
