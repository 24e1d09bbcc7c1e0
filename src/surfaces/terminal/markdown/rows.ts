/**
 * Breaks styled words into rows. Each row begins with ward's gutter, so that no text of a model or
 * a tool ever stands in the first columns, where ward's own prompt and questions stand.
 */
import { sanitizeTerminal } from "../../cli/sanitize_terminal.ts";
import { graphemes, graphemeWidth, textWidth } from "../../../base/text_width.ts";

/** SGR parameters, such as `1;4`; empty for none. */
export type Style = string;

/** A piece of text in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Before every row. */
export const GUTTER = "  ";

/** Writes rows; what it returns is to be printed, in order. */
export interface RowWriter {
  /** Words and spaces; a line end in them begins a row. */
  spans(spans: readonly Span[]): string;
  /** A line that is not broken at words, as code is. */
  verbatim(text: string, style: Style): string;
  /** Text before the next words: a bullet, a bar. Further rows of it begin with `hang`. */
  prefix(text: string, style: Style, hang: string): string;
  /** Ends the row, if one is open. */
  endRow(): string;
  /** One empty row before whatever comes next, unless nothing came before. */
  blank(): void;
  /** Somebody else has ended the row. */
  broken(): void;
  /** Columns for text in a row. */
  readonly room: number;
}

/**
 * Builds a writer.
 *
 * @param options `columns`: of the screen, asked for at each row. `hasStyle`: SGR is allowed.
 */
export function createRowWriter(
  options: { columns(): number; readonly hasStyle: boolean },
): RowWriter {
  /** Columns used in the open row, the gutter not counted; null: none is open. */
  let column: number | null = null;
  let hang = "";
  /** Spaces that are written when a word follows in the same row. */
  let spaces = "";
  let hasRows = false;
  let wantsBlank = false;
  // The last column stays free: terminals disagree on what happens there.
  const room = () => Math.max(10, options.columns() - GUTTER.length - 1);
  const paint = (text: string, style: Style) =>
    style !== "" && options.hasStyle && text !== "" ? `\x1b[${style}m${text}\x1b[0m` : text;

  const open = (start: string): string => {
    if (column !== null) return "";
    const blank = wantsBlank && hasRows ? "\n" : "";
    wantsBlank = false;
    hasRows = true;
    spaces = "";
    // A deep hang must leave room for text.
    const kept = start.slice(0, Math.max(0, room() - 8));
    column = textWidth(kept);
    return blank + GUTTER + kept;
  };
  const endRow = (): string => {
    if (column === null) return "";
    column = null;
    spaces = "";
    return "\n";
  };
  const hard = (word: string, style: Style): string => {
    let out = "";
    let piece = "";
    for (const grapheme of graphemes(word)) {
      const width = graphemeWidth(grapheme);
      if (column! + width > room()) {
        out += paint(piece, style) + endRow() + open(hang);
        piece = "";
      }
      piece += grapheme;
      column = column! + width;
    }
    return out + paint(piece, style);
  };
  const word = (text: string, style: Style): string => {
    let out = open(hang);
    const width = textWidth(text);
    if (column! + spaces.length + width > room() && column! > textWidth(hang)) {
      out += endRow() + open(hang);
    }
    out += spaces;
    column = column! + spaces.length;
    spaces = "";
    if (column + width > room()) return out + hard(text, style);
    column += width;
    return out + paint(text, style);
  };

  return {
    spans(spans) {
      let out = "";
      for (const [index, { text, style }] of spans.entries()) {
        // Once more, at the last door: what a parser makes of a text is not the text that came.
        for (const part of sanitizeTerminal(text).replaceAll("\t", "    ").split(/(\n| +)/)) {
          if (part === "") continue;
          if (part === "\n") out += endRow();
          else if (part[0] === " ") {
            if (column !== null) spaces += part;
          } else out += glued(spans, index, part) ? glue(part, style) : word(part, style);
        }
      }
      return out;
    },
    verbatim(text, style) {
      const out = open(hang) + hard(text.replaceAll("\t", "    "), style);
      return out + endRow();
    },
    prefix(text, style, hangs) {
      const out = endRow();
      hang = "";
      const opened = open("") + paint(text, style);
      column = column! + textWidth(text);
      hang = hangs;
      return out + opened;
    },
    endRow,
    blank: () => {
      wantsBlank = true;
    },
    broken: () => {
      column = null;
      spaces = "";
    },
    get room() {
      return room();
    },
  };

  /** Whether the piece goes on right after the one before, such as the full stop after `**this**`. */
  function glued(spans: readonly Span[], index: number, part: string): boolean {
    const before = spans[index - 1]?.text ?? "";
    return index > 0 && spans[index]!.text.startsWith(part) && before !== "" &&
      !/[\s]$/.test(before) && column !== null && spaces === "";
  }
  function glue(text: string, style: Style): string {
    if (column! + textWidth(text) <= room()) {
      column = column! + textWidth(text);
      return paint(text, style);
    }
    return endRow() + word(text, style);
  }
}
