import { createTwoFilesPatch } from "diff";
import { AppError } from "../../../base/app_error.ts";
import type { FileChange } from "../../../model/cells/hands.ts";
import type { TextChange, ToolFlags, ToolResult } from "../../../model/conversation/tool.ts";

/** Changed lines after which no diff is made: comparing would take seconds. */
const MAX_DIFF_LINES = 2000;

/** Flags of the tools that only look. */
export const READ_FLAGS: ToolFlags = {
  readOnly: true,
  externalSideEffect: false,
  needsApproval: false,
  idempotent: true,
  highImpactWrite: false,
};

/** Failures that no other call of the model mends. */
const OF_THE_MACHINE = new Set(["files.read_only", "files.no_space", "files.denied"]);

/**
 * Runs a call and gives an expected failure of a file operation back as a result.
 *
 * @throws {AppError} Failures of the compartment itself (`hands.*`, `wire.*`).
 */
export async function fileResult(run: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith("files.")) throw error;
    const content = error.hint ? `${error.message}. ${error.hint}` : error.message;
    const wayOut = OF_THE_MACHINE.has(error.code) ? error.hint : undefined;
    return { ok: false, content, summary: error.message, wayOut, effects: [] };
  }
}

/**
 * A unified diff for the person who watches.
 *
 * @returns Undefined when there is no text to compare or too much of it changed.
 */
export function diffOf(shown: string, created: boolean, change: FileChange): string | undefined {
  if (change.after === null || (change.before === null && !created)) return undefined;
  if (change.before === change.after) return undefined;
  const patch = createTwoFilesPatch(
    created ? "/dev/null" : `a/${shown}`,
    `b/${shown}`,
    change.before ?? "",
    change.after,
    "",
    "",
    { context: 3, maxEditLength: MAX_DIFF_LINES },
  );
  return patch?.replace(/^=+\n/, "");
}

/** A change as whole texts; undefined where they are not there or the same. */
export function textChange(
  path: string,
  created: boolean,
  { before, after }: FileChange,
): TextChange | undefined {
  if (after === null || before === after || (before === null && !created)) return undefined;
  return { path, before, after };
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string, many = noun + "s"): string {
  return `${count} ${count === 1 ? noun : many}`;
}

/** Notes at the end of a result, each in brackets on a line of its own. */
export function withNotes(lines: readonly string[], notes: readonly (string | false)[]): string {
  return [...lines, ...notes.filter((note) => note !== false).map((note) => `[${note}]`)].join(
    "\n",
  );
}
