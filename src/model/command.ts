/**
 * A shell line that ward's grammar took apart, ready to be run without a shell.
 * Made in the kernel (`kernel/commands/`), run in the `hands` cell. Everything in it is
 * literal but globs, which the cell expands: policy has seen every program and word.
 */

/** A word: literal text and glob parts, in order; quotes are already gone. */
export interface Word {
  readonly parts: readonly WordPart[];
}

/** Part of a word. `glob` holds a pattern (`*`, `?`, `[…]`), unquoted in the line. */
export type WordPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "glob"; readonly pattern: string };

/** A redirection. `fd` null with `both` means `&>`. */
export type Redirect =
  | { readonly type: "read"; readonly fd: 0; readonly path: Word }
  | {
    readonly type: "write" | "append";
    readonly fd: 1 | 2 | "both";
    readonly path: Word;
  }
  /** `2>&1`, `1>&2`. */
  | { readonly type: "duplicate"; readonly fd: 1 | 2; readonly to: 1 | 2 }
  /** `<<< word`. */
  | { readonly type: "text"; readonly fd: 0; readonly text: string };

/** One program call, or one of the few built-ins ward runs itself (`cd`, `true`, `false`, …). */
export interface Stage {
  readonly program: string;
  readonly builtin: boolean;
  readonly args: readonly Word[];
  readonly redirects: readonly Redirect[];
  /** stderr joins stdout into the pipe (`|&`). */
  readonly pipeStderr: boolean;
}

/** A line as a tree. */
export type CommandPlan =
  | { readonly type: "pipeline"; readonly negated: boolean; readonly stages: readonly Stage[] }
  | { readonly type: "and" | "or"; readonly left: CommandPlan; readonly right: CommandPlan }
  | { readonly type: "sequence"; readonly items: readonly CommandPlan[] }
  /** `( … )` and `{ …; }` without redirections. A subshell keeps its `cd` to itself. */
  | { readonly type: "group"; readonly subshell: boolean; readonly body: CommandPlan };
