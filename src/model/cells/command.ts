/**
 * A shell line that ward's grammar took apart, ready to be run without a shell.
 * Made in the kernel (`kernel/commands/`), run in the `hands` cell. Everything in it is
 * literal but globs, which the cell expands: policy has seen every program and word.
 */

/** A word: literal text and glob parts, in order; quotes are already gone. */
export interface Word {
  readonly parts: readonly WordPart[];
}

/** Part of a word. `glob` is one of `*`, `?`, `[…]` as written, unquoted in the line. */
export type WordPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "glob"; readonly pattern: string };

/** A redirection; paths are literal and resolved against the folder the line stands in by then. */
export type Redirect =
  | { readonly type: "read"; readonly fd: 0; readonly path: string }
  | {
    readonly type: "write" | "append";
    /** `both` is `&>`. */
    readonly fd: 1 | 2 | "both";
    readonly path: string;
  }
  /** `2>&1`, `1>&2`. */
  | { readonly type: "duplicate"; readonly fd: 1 | 2; readonly to: 1 | 2 }
  /** `<<< word`, its line end included. */
  | { readonly type: "text"; readonly fd: 0; readonly text: string };

/** Commands that ward runs itself, as bash does. */
export const BUILTIN_COMMANDS = [
  "cd",
  "pwd",
  "true",
  "false",
  ":",
  "echo",
  "printf",
  "test",
  "[",
  "exit",
] as const;

/** Name of a command that ward runs itself. */
export type BuiltinName = (typeof BUILTIN_COMMANDS)[number];

/** One member of a pipeline. */
export type Stage =
  & {
    readonly redirects: readonly Redirect[];
    /** stderr joins stdout into the pipe (`|&`), after the redirections. */
    readonly pipeStderr: boolean;
  }
  & (
    | {
      readonly type: "program";
      readonly program: string;
      readonly args: readonly Word[];
      /** `LC_ALL=C sort`: a fixed set of harmless names. */
      readonly env: Readonly<Record<string, string>>;
    }
    | { readonly type: "builtin"; readonly name: BuiltinName; readonly args: readonly Word[] }
    /** `( … )` and `{ …; }`. A subshell keeps its `cd` to itself. */
    | { readonly type: "group"; readonly subshell: boolean; readonly body: CommandPlan }
  );

/** A line as a tree. */
export type CommandPlan =
  | { readonly type: "pipeline"; readonly negated: boolean; readonly stages: readonly Stage[] }
  | { readonly type: "and" | "or"; readonly left: CommandPlan; readonly right: CommandPlan }
  | { readonly type: "sequence"; readonly items: readonly CommandPlan[] };

/** What a word is in the line: glob parts as written. */
export function wordText(word: Word): string {
  return word.parts.map((part) => part.type === "text" ? part.text : part.pattern).join("");
}

/** Whether the cell has to expand the word. */
export function hasGlob(word: Word): boolean {
  return word.parts.some((part) => part.type === "glob");
}
