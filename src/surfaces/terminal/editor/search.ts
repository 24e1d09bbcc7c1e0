/**
 * Incremental search in the history. Pure.
 *
 * Source: readline's reverse-search-history and its keys (GNU Readline manual, "Searching").
 */
import { type Cell, pasteCells, toCells } from "./cells.ts";
import type { Key } from "./keys.ts";
import type { EditorState, HistorySearch } from "./state.ts";

/** Longest query, in characters; what would make it longer is dropped. */
const MAX_QUERY = 200;

/** Begins a search; nothing is looked for until something is typed. */
export function beginSearch(state: EditorState): EditorState {
  const search = { query: "", found: state.at, isFailed: false, before: state };
  return { ...state, search };
}

/**
 * Takes a key in a search. Text narrows it, Ctrl-R and Ctrl-S go to the next older or newer line,
 * Ctrl-G brings back what stood there; everything else ends it with the line that was found.
 *
 * @returns `isUsed`: whether that was all; else the key still has to act on the line.
 */
export function searchOn(
  state: EditorState,
  search: HistorySearch,
  key: Key,
): { readonly state: EditorState; readonly isUsed: boolean } {
  const used = (next: EditorState) => ({ state: next, isUsed: true });
  const { query, found, before } = search;
  // One after the other: how the terminal cut them into chunks must not matter.
  if (key.type !== "press") {
    return used(toCells(key.text.slice(0, MAX_QUERY)).reduce(narrow, state));
  }
  switch (key.name) {
    case "ctrl-r":
      return used(query === "" ? state : look(state, search, found - 1, -1));
    case "ctrl-s":
      return used(query === "" ? state : look(state, search, found + 1, 1));
    case "backspace": {
      const shorter = toCells(query).slice(0, -1).map((cell) => cell.text).join("");
      const again = { ...search, query: shorter, found: before.at, isFailed: false };
      const start = { ...before, search: again };
      return used(shorter === "" ? start : look(start, again, before.at, -1));
    }
    case "ctrl-g":
      return used(before);
    case "escape":
    case "ctrl-j":
      return used({ ...state, search: null });
    default:
      return { state: { ...state, search: null }, isUsed: false };
  }
}

function narrow(state: EditorState, { text }: Cell): EditorState {
  const { search } = state;
  if (!search || search.query.length + text.length > MAX_QUERY) return state;
  return look(state, { ...search, query: search.query + text }, search.found, -1);
}

/** Shows the next line from an index on, in one direction, that holds the query. */
function look(state: EditorState, search: HistorySearch, from: number, by: -1 | 1): EditorState {
  const { history } = state;
  const { query, found, before } = search;
  for (let at = from; at >= 0 && at <= history.length; at += by) {
    const line = history[at] ?? "";
    const start = line.indexOf(query);
    // The same line once more would look as if the key did nothing.
    if (start === -1 || at === history.length || (at !== found && line === history[found])) {
      continue;
    }
    const cells = pasteCells(line);
    const cursor = Math.min(toCells(line.slice(0, start)).length, cells.length);
    const draft = before.at === history.length ? before.cells : before.draft;
    return {
      ...state,
      cells,
      cursor,
      at,
      draft,
      search: { ...search, found: at, isFailed: false },
    };
  }
  return { ...state, search: { ...search, isFailed: true } };
}
