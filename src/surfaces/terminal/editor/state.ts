import type { Cell } from "./cells.ts";

/** What is being typed. */
export interface EditorState {
  readonly cells: readonly Cell[];
  /** 0 … cells.length */
  readonly cursor: number;
  /** Earlier lines, oldest first. */
  readonly history: readonly string[];
  /** Which of them is shown; `history.length`: what is being typed. */
  readonly at: number;
  /** What was being typed before the history was looked through. */
  readonly draft: readonly Cell[];
  /** What Ctrl-K, -U and -W took away last. */
  readonly killed: readonly Cell[];
  /** Ctrl-R: the history is being searched. */
  readonly search: HistorySearch | null;
}

/** A search in the history, from the newest line back. */
export interface HistorySearch {
  readonly query: string;
  /** Line that was found last, at first where the search began; `history.length`: none. */
  readonly found: number;
  /** Nothing further holds the query; the line that was found last still stands there. */
  readonly isFailed: boolean;
  /** The editor before it. */
  readonly before: EditorState;
}

/** An editor with nothing in it. */
export function emptyEditor(history: readonly string[]): EditorState {
  return {
    cells: [],
    cursor: 0,
    history,
    at: history.length,
    draft: [],
    killed: [],
    search: null,
  };
}
