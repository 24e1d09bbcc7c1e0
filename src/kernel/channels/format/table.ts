import { textWidth } from "../../../base/text_width.ts";

/** A table: texts of its cells, which may hold line ends. */
export interface TableCells {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ("left" | "right" | "center" | null)[];
}

/**
 * A table in letters of one width: its head, then its rows.
 *
 * @param columns What a line may take on the small screen of a phone.
 * @returns null when it is wider.
 */
export function tableLines(
  { header, rows, align }: TableCells,
  columns: number,
): { readonly head: readonly string[]; readonly body: readonly string[] } | null {
  const all = [header, ...rows].map((row) =>
    header.map((_, at) => (row[at] ?? "").replaceAll("\n", " ").trim())
  );
  const widths = header.map((_, at) => Math.max(1, ...all.map((row) => textWidth(row[at]!))));
  if (widths.reduce((sum, width) => sum + width + 3, -3) > columns) return null;
  const lines = all.map((row) =>
    row.map((cell, at) => {
      const space = widths[at]! - textWidth(cell);
      const left = align[at] === "right" ? space : align[at] === "center" ? space >> 1 : 0;
      return " ".repeat(left) + cell + " ".repeat(space - left);
    }).join(" | ").trimEnd()
  );
  const rule = widths.map((width) => "-".repeat(width)).join("-+-");
  return { head: [lines[0]!, rule], body: lines.slice(1) };
}
