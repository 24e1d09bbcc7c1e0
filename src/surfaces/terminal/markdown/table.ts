import { Lexer, type Tokens } from "marked";
import { textWidth } from "../../../base/text_width.ts";
import { type InlineLook, spansOf } from "./inline.ts";
import { createRowWriter, GUTTER, type Span } from "./rows.ts";

/** Narrowest column of a table that does not fit. */
const MIN_COLUMN = 6;

/** A row of a table as lines of spans: what stands between the columns included. */
export type TableLine = readonly Span[];

/**
 * Lays a table out in so many columns; cells that are too long are broken at words.
 *
 * @returns null when the text is no table, or has more columns than there is room for.
 */
export function tableLines(text: string, room: number, look: InlineLook): TableLine[] | null {
  const [table, ...others] = Lexer.lex(text.trimEnd());
  if (table?.type !== "table" || others.length > 0) return null;
  const { header, rows } = table as Tokens.Table;
  const all = [header, ...rows].map((row) =>
    row.map((cell) => spansOf(cell.tokens, cell.header ? "1" : "", look))
  );
  const natural = header.map((_, at) =>
    Math.max(1, ...all.map((row) => textWidth((row[at] ?? []).map((span) => span.text).join(""))))
  );
  const widths = fit(natural, room - 3 * (header.length - 1));
  if (!widths) return null;
  const lines: TableLine[] = [];
  const between: Span = { text: " │ ", style: "2" };
  all.forEach((row, index) => {
    const cells = widths.map((width, at) => cellLines(row[at] ?? [], width, look));
    const height = Math.max(...cells.map((cell) => cell.length));
    for (let line = 0; line < height; line++) {
      lines.push(cells.flatMap((cell, at) => {
        const filled = fill(cell[line] ?? "", widths[at]!, header[at]?.align ?? null);
        return at === 0 ? [{ text: filled, style: "" }] : [between, { text: filled, style: "" }];
      }));
    }
    if (index === 0) {
      lines.push([{ text: widths.map((width) => "─".repeat(width)).join("─┼─"), style: "2" }]);
    }
  });
  return lines;
}

function fit(natural: readonly number[], room: number): number[] | null {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, 0) - room;
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= MIN_COLUMN) return null;
    widths[widest] = widths[widest]! - 1;
    over--;
  }
  return widths;
}

/** A cell's rows, painted already. */
function cellLines(spans: readonly Span[], width: number, look: InlineLook): string[] {
  const rows = createRowWriter({ columns: () => width + GUTTER.length + 1, ...look });
  const text = rows.spans(spans) + rows.endRow();
  return text.trimEnd().split("\n").map((line) => line.slice(GUTTER.length));
}

function fill(text: string, width: number, align: "left" | "right" | "center" | null): string {
  // deno-lint-ignore no-control-regex
  const space = Math.max(0, width - textWidth(text.replace(/\x1b\[[\d;]*m/g, "")));
  const left = align === "right" ? space : align === "center" ? space >> 1 : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}
