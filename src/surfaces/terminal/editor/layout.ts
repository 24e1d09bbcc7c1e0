/** Where the cells of an editor stand on a screen of so many columns and rows. Pure. */
import { revealHidden, sanitizeTerminal } from "../../cli/sanitize_terminal.ts";
import { cutToWidth, graphemeWidth, textWidth } from "../../../base/text_width.ts";
import type { Cell } from "./cells.ts";
import type { EditorState } from "./state.ts";

/** Columns before the text in each row. */
export const PROMPT_COLUMNS = 2;

/** Rows and the place of the cursor. */
export interface EditorLayout {
  /** Text of each row without what stands before it. */
  readonly rows: readonly string[];
  readonly cursorRow: number;
  /** Column of the cursor, what stands before the text included. */
  readonly cursorColumn: number;
  /** Rows above the first that do not fit on the screen. */
  readonly above: number;
  readonly below: number;
}

/** Lays the text out. The last column stays free: terminals disagree on what happens there. */
export function layoutEditor(
  state: EditorState,
  size: { readonly columns: number; readonly rows: number },
): EditorLayout {
  const room = Math.max(4, size.columns - PROMPT_COLUMNS - 1);
  const rows = [""];
  let column = 0;
  let cursorRow = 0;
  let cursorColumn = 0;
  const mark = () => {
    cursorRow = rows.length - 1;
    cursorColumn = column;
  };
  state.cells.forEach((cell, index) => {
    const isBreak = cell.text === "\n";
    const shown = isBreak ? "" : shownCell(cell, room);
    const width = shown.length === 1 ? graphemeWidth(shown) : textWidth(shown);
    if (!isBreak && column + width > room) {
      rows.push("");
      column = 0;
    }
    if (index === state.cursor) mark();
    if (isBreak) {
      rows.push("");
      column = 0;
    } else {
      rows[rows.length - 1] += shown;
      column += width;
    }
  });
  if (state.cursor === state.cells.length) mark();
  const height = Math.max(1, size.rows - (state.search ? 4 : 3));
  const first = Math.max(0, Math.min(cursorRow - (height >> 1), rows.length - height));
  const shownRows = rows.slice(first, first + height);
  return {
    rows: shownRows,
    cursorRow: cursorRow - first,
    cursorColumn: cursorColumn + PROMPT_COLUMNS,
    above: first,
    below: rows.length - first - shownRows.length,
  };
}

/** A cell as it is shown: control characters as escapes, a tab as spaces. */
function shownCell(cell: Cell, room: number): string {
  if (cell.label !== undefined) return cutToWidth(cell.label, room);
  if (cell.text === "\t") return "    ";
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f-\x9f]/.test(cell.text)) return revealHidden(cell.text);
  return sanitizeTerminal(cell.text);
}
