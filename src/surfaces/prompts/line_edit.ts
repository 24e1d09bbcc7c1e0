import type { Key } from "../terminal/editor/keys.ts";
import { graphemes } from "../../base/text_width.ts";

/** A line that is being typed. */
export interface LineEdit {
  /** By what a person sees as one character, so that a step never splits it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Starts with a text, the cursor behind it. */
export function lineEdit(text: string = ""): LineEdit {
  return { before: graphemes(text), after: [] };
}

/** The text of a line. */
export function lineText({ before, after }: LineEdit): string {
  return before.join("") + after.join("");
}

/** The line after a key; the same line when the key means nothing in one. */
export function editLine(line: LineEdit, key: Key): LineEdit {
  const { before, after } = line;
  if (key.type !== "press") {
    // Pasted lines stay lines: whoever asked says whether they may.
    const text = key.text.replace(/\r\n?/g, "\n");
    return { before: graphemes(before.join("") + text), after };
  }
  switch (key.name) {
    case "backspace":
      return { before: before.slice(0, -1), after };
    case "delete":
      return { before, after: after.slice(1) };
    case "left":
    case "ctrl-b":
      return { before: before.slice(0, -1), after: [...before.slice(-1), ...after] };
    case "right":
    case "ctrl-f":
      return { before: [...before, ...after.slice(0, 1)], after: after.slice(1) };
    case "home":
    case "ctrl-a":
      return { before: [], after: [...before, ...after] };
    case "end":
    case "ctrl-e":
      return { before: [...before, ...after], after: [] };
    case "ctrl-u":
      return { before: [], after };
    case "ctrl-k":
      return { before, after: [] };
    case "ctrl-w":
      return { before: graphemes(before.join("").trimEnd().replace(/(?<!\S)\S+$/, "")), after };
    default:
      return line;
  }
}
