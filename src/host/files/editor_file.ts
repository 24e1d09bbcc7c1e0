/** Files of other programs that ward writes into: read as they are, written whole, backed up. */
import { dirname } from "node:path";
import { AppError } from "../../base/app_error.ts";
import type { Clock } from "../../kernel/ports.ts";
import { writeWhole } from "./write_whole.ts";

/** The text of a file; empty where there is none. */
export function readEditorFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw unusable("read", path, error);
  }
}

/**
 * Writes the new text, with the old one beside it.
 *
 * @returns Path of the backup; null: there was no file.
 * @throws {AppError} `editor.changed`: it is another text by now. `editor.unusable`.
 */
export function replaceEditorFile(
  path: string,
  { before, after }: { readonly before: string; readonly after: string },
  clock: Pick<Clock, "now">,
): string | null {
  if (readEditorFile(path) !== before) {
    throw new AppError("editor.changed", `"${path}" was changed meanwhile; nothing was written`, {
      hint: "Try again",
    });
  }
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    const mode = modeOf(path);
    const time = new Date(clock.now()).toISOString().replaceAll(":", "-");
    const backup = mode === null ? null : `${path}.${time}.ward-backup`;
    // It may hold keys of other servers: for its owner alone, whatever its own mode is.
    if (backup !== null) writeWhole(backup, before, 0o600);
    writeWhole(path, after, mode ?? 0o600);
    return backup;
  } catch (error) {
    throw unusable("write", path, error);
  }
}

/** Its permission bits; null: there is no file. */
function modeOf(path: string): number | null {
  try {
    const { mode } = Deno.statSync(path);
    return (mode ?? 0o600) & 0o777;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function unusable(what: string, path: string, error: unknown): AppError {
  const why = error instanceof Error ? error.name : typeof error;
  return new AppError("editor.unusable", `Cannot ${what} "${path}": ${why}`, {
    cause: error,
    hint: "Check its mode and owner, or put the block of docs/editors.md in by hand",
  });
}
