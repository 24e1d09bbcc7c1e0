/**
 * The line editor as a state machine: a state and a key give a state and, sometimes, something to
 * do. It knows no screen, no file and no clock.
 */
import { type Cell, insertCells, pasteCells, textOf, toCells } from "./cells.ts";
import type { Key } from "./keys.ts";
import { beginSearch, searchOn } from "./search.ts";
import type { EditorState } from "./state.ts";

/** What the loop has to do. */
export type EditorAction =
  | { readonly type: "submit"; readonly text: string }
  /** Ctrl-C. */
  | { readonly type: "interrupt" }
  /** Ctrl-D on an empty line. */
  | { readonly type: "leave" }
  /** Ctrl-L. */
  | { readonly type: "redraw" }
  /** A paste was longer than what is taken. */
  | { readonly type: "paste_cut" };

/**
 * Takes one key.
 *
 * @param words What Tab completes at the beginning of the line.
 */
export function edit(
  state: EditorState,
  key: Key,
  words: readonly string[] = [],
): { readonly state: EditorState; readonly action: EditorAction | null } {
  const only = (next: EditorState) => ({ state: next, action: null });
  if (state.search) {
    const { state: next, isUsed } = searchOn(state, state.search, key);
    // What ends a search acts on the line that was found, as in readline.
    return isUsed ? only(next) : edit(next, key, words);
  }
  const { cells, cursor } = state;
  if (key.type === "text") return only(put(state, toCells(key.text)));
  if (key.type === "paste") {
    return {
      state: put(state, pasteCells(key.text)),
      action: key.isCut ? { type: "paste_cut" } : null,
    };
  }
  switch (key.name) {
    case "enter":
      if (cursor === cells.length && cells.at(-1)?.text === "\\") {
        return only(
          put({ ...state, cells: cells.slice(0, -1), cursor: cursor - 1 }, toCells("\n")),
        );
      }
      return { state, action: { type: "submit", text: textOf(cells) } };
    case "alt-enter":
    case "ctrl-enter":
    case "ctrl-j":
      return only(put(state, toCells("\n")));
    case "ctrl-c":
      return { state, action: { type: "interrupt" } };
    case "ctrl-l":
      return { state, action: { type: "redraw" } };
    case "ctrl-d":
      if (cells.length === 0) return { state, action: { type: "leave" } };
      return only(remove(state, cursor, cursor + 1));
    case "delete":
      return only(remove(state, cursor, cursor + 1));
    case "backspace":
      return only(remove(state, cursor - 1, cursor));
    case "left":
    case "ctrl-b":
      return only(move(state, cursor - 1));
    case "right":
    case "ctrl-f":
      return only(move(state, cursor + 1));
    case "ctrl-left":
    case "alt-left":
    case "alt-b":
      return only(move(state, wordBefore(cells, cursor)));
    case "ctrl-right":
    case "alt-right":
    case "alt-f":
      return only(move(state, wordAfter(cells, cursor)));
    case "home":
    case "ctrl-a":
      return only(move(state, lineStart(cells, cursor)));
    case "end":
    case "ctrl-e":
      return only(move(state, lineEnd(cells, cursor)));
    case "ctrl-k": {
      const end = lineEnd(cells, cursor);
      // At the end of a line the line end itself goes, as in readline's multi-line mode.
      return only(kill(state, cursor, end === cursor ? cursor + 1 : end));
    }
    case "ctrl-u":
      return only(kill(state, lineStart(cells, cursor), cursor));
    case "ctrl-w":
    case "alt-backspace":
    case "ctrl-backspace":
      return only(kill(state, wordBefore(cells, cursor), cursor));
    case "alt-d":
    case "ctrl-delete":
      return only(kill(state, cursor, wordAfter(cells, cursor)));
    case "ctrl-y":
      return only(put(state, state.killed));
    case "up":
    case "ctrl-p":
      return only(
        lineStart(cells, cursor) === 0 ? recall(state, state.at - 1) : moveLine(state, -1),
      );
    case "down":
    case "ctrl-n":
      return only(
        lineEnd(cells, cursor) === cells.length ? recall(state, state.at + 1) : moveLine(state, 1),
      );
    case "ctrl-r":
      return only(beginSearch(state));
    case "tab":
      return only(complete(state, words));
    default:
      return only(state);
  }
}

function put(state: EditorState, added: readonly Cell[]): EditorState {
  return { ...state, ...insertCells(state.cells, state.cursor, added) };
}

function move(state: EditorState, cursor: number): EditorState {
  return { ...state, cursor: Math.min(Math.max(cursor, 0), state.cells.length) };
}

function remove(state: EditorState, from: number, to: number): EditorState {
  if (from < 0 || from >= to) return state;
  const left = state.cells.slice(0, from);
  // What stood apart may join: a letter and an accent with something between them taken out.
  return { ...state, ...insertCells(left, left.length, state.cells.slice(to)), cursor: from };
}

function kill(state: EditorState, from: number, to: number): EditorState {
  const killed = state.cells.slice(from, to);
  return killed.length === 0 ? state : { ...remove(state, from, to), killed };
}

function recall(state: EditorState, at: number): EditorState {
  if (at < 0 || at > state.history.length || at === state.at) return state;
  const draft = state.at === state.history.length ? state.cells : state.draft;
  const cells = at === state.history.length ? draft : pasteCells(state.history[at] ?? "");
  return { ...state, at, draft, cells, cursor: cells.length };
}

function moveLine(state: EditorState, by: -1 | 1): EditorState {
  const { cells, cursor } = state;
  const start = lineStart(cells, cursor);
  const target = by === -1 ? lineStart(cells, start - 1) : lineEnd(cells, cursor) + 1;
  return move(state, Math.min(target + cursor - start, lineEnd(cells, target)));
}

function lineStart(cells: readonly Cell[], cursor: number): number {
  let at = cursor;
  while (at > 0 && cells[at - 1]?.text !== "\n") at--;
  return at;
}

function lineEnd(cells: readonly Cell[], cursor: number): number {
  let at = cursor;
  while (at < cells.length && cells[at]?.text !== "\n") at++;
  return at;
}

function isWord(cell: Cell | undefined): boolean {
  return cell !== undefined && (cell.label !== undefined || /^[\p{L}\p{N}_]/u.test(cell.text));
}

function wordBefore(cells: readonly Cell[], cursor: number): number {
  let at = cursor;
  while (at > 0 && !isWord(cells[at - 1])) at--;
  while (at > 0 && isWord(cells[at - 1])) at--;
  return at;
}

function wordAfter(cells: readonly Cell[], cursor: number): number {
  let at = cursor;
  while (at < cells.length && !isWord(cells[at])) at++;
  while (at < cells.length && isWord(cells[at])) at++;
  return at;
}

/** Completes the first word as far as it is one of the words' beginnings. */
function complete(state: EditorState, words: readonly string[]): EditorState {
  const typed = textOf(state.cells);
  const found = words.filter((word) => word.startsWith(typed));
  if (typed === "" || state.cursor !== state.cells.length || found.length === 0) return state;
  let common = found[0]!;
  while (!found.every((word) => word.startsWith(common))) common = common.slice(0, -1);
  const done = found.length === 1 ? `${common} ` : common;
  return put(state, toCells(done.slice(typed.length)));
}
