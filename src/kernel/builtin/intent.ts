/** What the built-in assistant understood; paths and texts are as the user wrote them. */
export type Intent =
  | { readonly type: "list"; readonly path: string; readonly depth: number }
  | { readonly type: "overview"; readonly path: string }
  | {
    readonly type: "read";
    readonly path: string;
    readonly from: number;
    readonly lines: number | null;
  }
  | { readonly type: "tail"; readonly path: string; readonly lines: number }
  /** `definition`: where it is declared; `names`: which files, not which lines. */
  | {
    readonly type: "search";
    readonly text: string;
    readonly path: string;
    readonly want: "lines" | "files" | "definition";
  }
  | { readonly type: "find_files"; readonly pattern: string; readonly path: string }
  /** `pattern` null counts all files. */
  | { readonly type: "count_files"; readonly pattern: string | null; readonly path: string }
  | { readonly type: "count_folders"; readonly path: string }
  | { readonly type: "count_in_file"; readonly unit: CountUnit; readonly path: string }
  | { readonly type: "count_commits" }
  | { readonly type: "size"; readonly path: string }
  | { readonly type: "largest"; readonly path: string; readonly count: number }
  /** A line to run, exactly as written. */
  | { readonly type: "run"; readonly line: string }
  | { readonly type: "git"; readonly line: string; readonly what: string }
  | SimpleIntent
  /** Understood, and beyond a fixed grammar. */
  | { readonly type: "needs_model"; readonly what: string }
  | { readonly type: "unknown"; readonly said: string };

/** What needs no more than its name. */
export interface SimpleIntent {
  readonly type:
    | "time"
    | "date"
    | "allowed"
    | "status"
    | "connect"
    | "help"
    | "greeting"
    | "thanks"
    | "who";
}

/** What can be counted in a file. */
export type CountUnit = "lines" | "words" | "characters" | "bytes";
