/**
 * Columns that text takes in a terminal. Terminals disagree about some emoji; where they do, the
 * larger number is taken, so that a row never runs over its end.
 *
 * Source: Unicode TR 11 (East Asian width), TR 29 (grapheme clusters).
 */
import { eastAsianWidth } from "get-east-asian-width";

/** Made when it is needed: its tables take longer to load than all of ward's other modules. */
let segmenter: Intl.Segmenter | undefined;
const ASCII = /^[\x20-\x7e]*$/;
/** Marks and format characters take no column; nor do the vowels and finals of Hangul jamo. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\u{1160}-\u{11ff}\u{d7b0}-\u{d7ff}]$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\u200d\p{Extended_Pictographic}/u;

/** What a person sees as one character each. */
export function graphemes(text: string): string[] {
  // A CR LF pair is one grapheme; control characters never reach a screen as such.
  if (ASCII.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns of one grapheme without control characters: 0, 1, 2, rarely more. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && grapheme >= " " && grapheme <= "~") return 1;
  if (EMOJI.test(grapheme)) return 2;
  let width = 0;
  for (const char of grapheme) {
    if (!ZERO_WIDTH.test(char)) width += eastAsianWidth(char.codePointAt(0) ?? 0);
  }
  return width;
}

/** Columns of a text without control characters. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return graphemes(text).reduce((sum, one) => sum + graphemeWidth(one), 0);
}

/** The text in so many columns at most, with an ellipsis where something is left out. */
export function cutToWidth(text: string, columns: number): string {
  if (columns === Infinity) return text;
  // No text can be narrower than a quarter column a code unit: long ones are not measured whole.
  const near = text.length > columns * 16 ? text.slice(0, columns * 16) : text;
  if (near === text && textWidth(text) <= columns) return text;
  let out = "";
  let width = 0;
  for (const grapheme of graphemes(near)) {
    width += graphemeWidth(grapheme);
    if (width > columns - 1) break;
    out += grapheme;
  }
  return out + "…";
}

/**
 * A line in rows of so many columns. Further rows are moved in, so that what stands in them is not
 * taken for a line of its own.
 */
export function hangRows(text: string, columns: number): string {
  const hang = "    ";
  if (text.length <= columns && textWidth(text) <= columns) return text;
  let out = "";
  let width = 0;
  for (const grapheme of graphemes(text)) {
    const more = graphemeWidth(grapheme);
    if (width + more > columns) {
      out += `\n${hang}`;
      width = hang.length;
    }
    out += grapheme;
    width += more;
  }
  return out;
}
