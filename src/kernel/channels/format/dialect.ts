import { type Look, plainSpans, type Row, type Span } from "./row.ts";

/** How a service wants its messages. */
export interface Dialect {
  /** Most that a message may hold, in {@linkcode units}; some way below what the service takes. */
  readonly limit: number;
  /** Most entities in a message; the service leaves the rest unmarked. */
  readonly maxEntities: number;
  /** Widest table of letters of one width, in columns. */
  readonly tableColumns: number;
  /** What of a written text counts. */
  units(written: string): number;
  entities(written: string): number;
  /** What stands around rows of one block. */
  fence(row: Row): { readonly open: string; readonly close: string };
  /** The row by itself, without its fence. */
  row(row: Row): string;
  /** A text without any markup, so that it still calls nobody. */
  plain(text: string): string;
}

/** What a mark of a look is, in the order of nesting. */
export interface Mark {
  readonly open: string;
  readonly close: string;
}

/** Writes spans; marks are closed in the opposite order of their opening. */
export function writeSpans(
  spans: readonly Span[],
  options: {
    /** Marks of a look, the outermost first. */
    marks(look: Look, text: string): readonly Mark[];
    /** The text itself, so that nothing in it is markup. */
    text(span: Span): string;
    /**
     * What keeps two pieces apart; `before` is the end of what stands there.
     *
     * @default nothing
     */
    between?:
      | ((
        before: string,
        marks: { readonly closing: string; readonly opening: string },
        after: string,
      ) => string)
      | undefined;
  },
): string {
  let out = "";
  // Kept apart: to look at the end of a text that grows costs its whole length.
  let end = "";
  const write = (piece: string): void => {
    out += piece;
    end = (end + piece.slice(-2)).slice(-2);
  };
  const open: Mark[] = [];
  const close = (count: number): string => {
    let closing = "";
    while (open.length > count) closing += open.pop()!.close;
    return closing;
  };
  for (const span of spans) {
    const marks = options.marks(span, span.text);
    let same = 0;
    while (
      same < open.length && same < marks.length && open[same]!.open === marks[same]!.open
    ) same++;
    const closing = close(same);
    const opening = marks.slice(same).map((mark) => mark.open).join("");
    open.push(...marks.slice(same));
    const text = options.text(span);
    write(closing);
    write(options.between?.(end, { closing, opening }, text) ?? "");
    write(opening + text);
  }
  return out + close(0);
}

/** The row without any markup. */
export function plainRow(row: Row): string {
  if (row.type === "code") return row.text;
  return "> ".repeat(Math.min(row.quote, 3)) + row.lead + plainSpans(row.spans);
}

/** Invisible; keeps characters apart that would be markup together. */
export const APART = "\u200b";
