/**
 * The file tools where an editor offers its own files: what is open there is read and changed there,
 * unsaved text included.
 *
 * The cell comes first: a file that the cell cannot read or write is never asked of the editor,
 * which stands outside of its walls. Links, protected names, keys and new files stay with the cell,
 * and so does everything while a program runs in any cell of the process, which could exchange a
 * folder of the path for a link; one that is to begin waits for the editor's answer.
 */
import type { Alone } from "../cells/running_programs.ts";
import { AppError } from "../../base/app_error.ts";
import { applyEdits } from "../../compartments/hands/files/text/apply_edits.ts";
import { linesOf } from "../../compartments/hands/files/text/line_collector.ts";
import type { HandsCallOptions, HandsEditing, HandsFiles } from "../../kernel/tools/hands_port.ts";
import { MASKED_IN_HOME, protectedEntry, within } from "../../model/cells/paths.ts";
import type { FileChange } from "../../model/cells/hands.ts";
import type { EditorFiles } from "../../surfaces/acp/host.ts";

/** Larger texts of an editor are left to the cell. */
const MAX_CHARS = 4_000_000;
/** Larger texts are not compared. */
const MAX_COMPARED_CHARS = 256 * 1024;

/** What {@linkcode withEditorFiles} needs. */
export interface EditorFileParts {
  readonly files: EditorFiles;
  /** Absolute real path. */
  readonly workspace: string;
  readonly osHome: string;
  /** Where a path leads. */
  realPath(path: string): string;
  /** While no program runs in a cell of this process, of whatever session. */
  readonly alone: Alone;
}

/** The file operations of a session with an editor. */
export function withEditorFiles(hands: HandsEditing, parts: EditorFileParts): HandsFiles {
  const { files, workspace, osHome, realPath, alone } = parts;

  /** Whether the editor may be asked about this path at all. */
  const isEditors = (path: string): boolean =>
    path !== workspace && within(workspace, path) && realPath(path) === path &&
    protectedEntry(workspace, path) === null &&
    !MASKED_IN_HOME.some((name) => within(`${osHome}/${name}`, path));

  /** The editor's text; null: it gives none, or the cell has to do it. */
  const textOf = async (path: string, { signal }: HandsCallOptions): Promise<string | null> => {
    if (!isEditors(path)) return null;
    try {
      const text = await alone(() => files.read(path, signal ?? new AbortController().signal));
      // Another program of the user's may have led the editor elsewhere meanwhile.
      if (text === null || !isEditors(path)) return null;
      return text.length > MAX_CHARS || text.includes("\0") ? null : text;
    } catch {
      signal?.throwIfAborted();
      return null;
    }
  };

  /** Has the editor take a text. @returns False: the cell has to do it. */
  const put = async (
    path: string,
    { before, after }: { before: string; after: string },
    options: HandsCallOptions,
  ): Promise<boolean> => {
    const { write } = files;
    if (!write) return false;
    await hands.checkWrite({ path }, options);
    const signal = options.signal ?? new AbortController().signal;
    let isTaken = false;
    try {
      // A program may have come and gone since the path was looked at.
      const writing = isEditors(path) ? alone(() => write(path, after, signal)) : null;
      await writing;
      isTaken = writing !== null;
    } catch {
      signal.throwIfAborted();
    }
    if (!isTaken) {
      // Where it holds nothing unsaved the file itself is as good.
      if (await isSaved(path, before, options)) return false;
      throw new AppError("files.editor", `The editor did not take the change of "${path}"`, {
        hint: "It has unsaved changes there: save or close the file, then try again",
      });
    }
    if (realPath(path) === path) return true;
    throw new AppError("files.moved", `"${path}" became a link while the editor wrote it`, {
      hint: "Look at where it leads before going on",
    });
  };

  /** Whether the disk has the editor's text. */
  const isSaved = async (path: string, text: string, options: HandsCallOptions) => {
    const disk = await hands.readFile({ path, limit: 20_000 }, options);
    return disk.totalLines === disk.lastLine && disk.cutLines === 0 &&
      disk.content === plain(text).replace(/\n$/, "");
  };

  return {
    ...hands,
    async readFile(params, options = {}) {
      const disk = await hands.readFile(params, options);
      const text = await textOf(params.path, options);
      return text === null ? disk : { ...linesOf(text, params), encoding: disk.encoding };
    },
    async writeFile(params, options = {}) {
      const { path, content } = params;
      const before = await existingText(path, options);
      if (before === null) return await hands.writeFile(params, options);
      return await put(path, { before, after: content }, options)
        ? { ...changeOf(before, content), created: false }
        : await hands.writeFile(params, options);
    },
    async editFile(params, options = {}) {
      const before = await existingText(params.path, options);
      if (before === null) return await hands.editFile(params, options);
      const { text, replacements } = applyEdits(before, params.edits, params.path);
      return await put(params.path, { before, after: text }, options)
        ? { ...changeOf(before, text), replacements }
        : await hands.editFile(params, options);
    },
  };

  /** The editor's text of a file that the cell sees; new files are the cell's. */
  async function existingText(path: string, options: HandsCallOptions): Promise<string | null> {
    if (!files.write || !isEditors(path)) return null;
    try {
      await hands.readFile({ path, limit: 1 }, options);
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith("files.")) return null;
      throw error;
    }
    return await textOf(path, options);
  }
}

/** A text with LF line ends. */
function plain(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function changeOf(before: string, after: string): FileChange & { sizeBytes: number } {
  const comparable = (text: string) => text.length > MAX_COMPARED_CHARS ? null : text;
  return {
    atomic: true,
    before: comparable(before),
    after: comparable(after),
    sizeBytes: new TextEncoder().encode(after).length,
  };
}
