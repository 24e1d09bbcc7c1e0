/** What a terminal is to the editor: its size, and a region at the end of the screen. */
import { type Output, paint } from "../cli/output.ts";
import { revealHidden } from "../cli/sanitize_terminal.ts";
import { cutToWidth, textWidth } from "../../base/text_width.ts";
import { type EditorLayout, layoutEditor, PROMPT_COLUMNS } from "./editor/layout.ts";
import type { EditorState, HistorySearch } from "./editor/state.ts";

/** Size of the screen in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The region in which a line is edited. */
export interface EditorRegion {
  /** Draws the state where the last one stood. */
  draw(state: EditorState): void;
  /** Leaves the state on the screen and goes below it. */
  leave(state: EditorState): void;
  /** Draws it anew on an empty screen. */
  redraw(state: EditorState): void;
  /** The screen has another size: what stands on it may have been broken anew. */
  resized(state: EditorState): void;
}

/** Clears from the cursor to the end of the screen (ECMA-48 ED). */
const CLEAR_BELOW = "\x1b[J";

/** Builds a region. Nothing but ward's own sequences and sanitised text is written. */
export function createEditorRegion(output: Output, size: () => ScreenSize): EditorRegion {
  /** What stands on the screen. */
  let shown: { readonly rows: readonly string[]; readonly row: number; readonly column: number } = {
    rows: [],
    row: 0,
    column: 0,
  };

  const render = (
    { rows, cursorRow, cursorColumn, above, below }: EditorLayout,
    columns: number,
    search: HistorySearch | null,
  ) => {
    const more = (count: number) =>
      paint(output, "dim", cutToWidth(`  … ${count} more rows`, columns - 1));
    const prompt = paint(output, "bold", ">") + " ";
    const body = rows.map((row, index) => (index === 0 && above === 0 ? prompt : "  ") + row);
    const status = search ? [paint(output, "dim", searchLine(search, columns))] : [];
    const lines = [
      ...above > 0 ? [more(above)] : [],
      ...body,
      ...below > 0 ? [more(below)] : [],
      ...status,
    ];
    const plain = rows.map((row) => " ".repeat(PROMPT_COLUMNS) + row);
    shown = {
      rows: [...above > 0 ? [""] : [], ...plain, ...below > 0 ? [""] : [], ...status.map(() => "")],
      row: cursorRow + (above > 0 ? 1 : 0),
      column: cursorColumn,
    };
    return lines.join("\r\n");
  };
  const home = (row: number) => "\r" + up(row) + CLEAR_BELOW;
  const place = () =>
    up(shown.rows.length - 1 - shown.row) + "\r" +
    (shown.column > 0 ? `\x1b[${shown.column}C` : "");
  const draw = (state: EditorState, before: string) => {
    const now = size();
    output.write(before + render(layoutEditor(state, now), now.columns, state.search) + place());
  };
  const forget = () => shown = { rows: [], row: 0, column: 0 };

  return {
    draw: (state) => draw(state, home(shown.row)),
    leave(state) {
      const now = size();
      const atEnd = { ...state, cursor: state.cells.length, search: null };
      output.write(home(shown.row) + render(layoutEditor(atEnd, now), now.columns, null) + "\r\n");
      forget();
    },
    redraw(state) {
      draw(state, "\x1b[H\x1b[2J");
    },
    resized(state) {
      // Terminals break rows that are too long into more; the cursor keeps its character.
      const { columns } = size();
      const above = shown.rows.slice(0, shown.row)
        .reduce((sum, row) => sum + Math.max(1, Math.ceil(textWidth(row) / columns)), 0);
      draw(state, home(above + Math.floor(shown.column / columns)));
    },
  };
}

/** The row below a line that was found. */
function searchLine({ query, isFailed }: HistorySearch, columns: number): string {
  const text = revealHidden(query);
  return cutToWidth(
    `  ${isFailed ? "nothing more" : "earlier messages"} with: ${text}`,
    columns - 1,
  );
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
