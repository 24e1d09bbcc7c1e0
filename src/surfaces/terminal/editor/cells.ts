import { graphemes } from "../../../base/text_width.ts";

/** What the cursor steps over as one: a grapheme, or a folded paste. */
export interface Cell {
  readonly text: string;
  /** Shown in its place. */
  readonly label?: string | undefined;
}

/** A paste with more lines or characters than this is folded. */
const FOLD_LINES = 8;
const FOLD_CHARACTERS = 1_000;

/** One cell a grapheme; line ends become `\n`. */
export function toCells(text: string): Cell[] {
  return graphemes(text.replace(/\r\n?/g, "\n")).map((one) => ({ text: one }));
}

/** Cells of a paste: folded into one when it is long. */
export function pasteCells(text: string): Cell[] {
  const whole = text.replace(/\r\n?/g, "\n");
  const lines = whole.split("\n").length;
  if (lines <= FOLD_LINES && whole.length <= FOLD_CHARACTERS) return toCells(whole);
  const size = whole.length < 1000
    ? `${whole.length} characters`
    : `${Math.round(whole.length / 1000)},000 characters`;
  return [{
    text: whole,
    label: `[pasted ${lines === 1 ? "" : `${lines} lines, `}${size}]`,
  }];
}

/** The text that cells stand for. */
export function textOf(cells: readonly Cell[]): string {
  return cells.map((cell) => cell.text).join("");
}

/**
 * Puts cells in. What joins into one grapheme, such as a letter and the accent typed after it,
 * becomes one cell.
 *
 * @returns The cells and where the cursor stands after what was put in.
 */
export function insertCells(
  cells: readonly Cell[],
  at: number,
  added: readonly Cell[],
): { cells: Cell[]; cursor: number } {
  const before = cells.slice(0, at);
  const after = cells.slice(at);
  let middle = [...added];
  const joins = (left: Cell | undefined, right: Cell | undefined) =>
    left && right && !left.label && !right.label && toCells(left.text + right.text).length === 1;
  if (joins(before.at(-1), middle[0])) {
    const base = before.pop()!;
    middle = [...toCells(base.text + middle[0]!.text), ...middle.slice(1)];
  }
  const cursor = before.length + middle.length;
  if (joins(middle.at(-1) ?? before.at(-1), after[0])) {
    const left = middle.length > 0 ? middle.pop()! : before.pop()!;
    middle.push(...toCells(left.text + after.shift()!.text));
  }
  return { cells: [...before, ...middle, ...after], cursor: Math.max(cursor, 0) };
}
