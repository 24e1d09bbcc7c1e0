import { AppError } from "../../../base/app_error.ts";
import type { HandsApi, TextEdit } from "../../../model/cells/hands.ts";
import { applyEdits } from "./text/apply_edits.ts";
import { quote, toFileError } from "./file_error.ts";
import { openFile, readAtMost, requireRegular } from "./open_file.ts";
import { resolvePath } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";
import { countLineEnds, decodeText, encodeText } from "./text/text_codec.ts";
import type { TextForm } from "./text/text_codec.ts";
import { writeAtomic } from "./write_atomic.ts";

/** Larger files are not edited here, and their form is not kept when they are written anew. */
const MAX_BYTES = 10 * 1024 * 1024;
/** Larger texts are not given back for a comparison. */
const MAX_COMPARED_BYTES = 256 * 1024;

interface Options {
  guard?: PathGuard | undefined;
  signal: AbortSignal;
}

/** See `HandsApi.writeFile`. */
export async function writeFile(
  params: { path: string; content: string },
  options: Options,
): Promise<ReturnType<HandsApi["writeFile"]>> {
  const { path, content } = params;
  const target = resolvePath(path, "write", options.guard);
  const old = target.exists ? await readOld(path, options) : null;
  const text = old?.text === undefined ? content : keepForm(content, old.text);
  const bytes = encodeText(text, old?.form ?? { encoding: "utf-8", bom: false });
  options.signal.throwIfAborted();
  const { atomic } = await writeAtomic(target, path, bytes);
  return {
    created: !target.exists,
    sizeBytes: bytes.length,
    atomic,
    before: comparable(old?.text),
    after: comparable(text),
  };
}

/**
 * See `HandsApi.checkWrite`.
 *
 * @throws {AppError} `files.*`: why it could not be written.
 */
export async function checkWrite(
  { path }: { path: string },
  { guard }: Pick<Options, "guard">,
): Promise<ReturnType<HandsApi["checkWrite"]>> {
  const target = resolvePath(path, "write", guard);
  try {
    requireRegular(Deno.statSync(target.path), path, "write");
    (await Deno.open(target.path, { write: true })).close();
    return { writable: true };
  } catch (error) {
    throw toFileError(error, path, "write");
  }
}

/** See `HandsApi.editFile`. */
export async function editFile(
  params: { path: string; edits: readonly TextEdit[] },
  options: Options,
): Promise<ReturnType<HandsApi["editFile"]>> {
  const { path, edits } = params;
  const target = resolvePath(path, "write", options.guard);
  if (!target.exists) {
    throw new AppError("files.not_found", `Cannot edit ${quote(path)}: it does not exist`, {
      hint: "Write the file, or list the folder to see what is there",
    });
  }
  const old = await readOld(path, options);
  if (old.text === undefined || old.form === undefined) {
    throw new AppError(
      old.tooLarge ? "files.too_large" : "files.not_text",
      `Cannot edit ${quote(path)}: ` +
        (old.tooLarge ? `it is larger than ${MAX_BYTES} bytes` : "it is not valid text"),
      { hint: "Use a program that edits streams of bytes, such as sed" },
    );
  }
  const { text, replacements } = applyEdits(old.text, edits, path);
  const bytes = encodeText(text, old.form);
  options.signal.throwIfAborted();
  const { atomic } = await writeAtomic(target, path, bytes);
  return {
    replacements,
    sizeBytes: bytes.length,
    atomic,
    before: comparable(old.text),
    after: comparable(text),
  };
}

/** Content of a file that is about to change; without `text` when it is none or too large. */
async function readOld(
  path: string,
  options: Options,
): Promise<{ text?: string; form?: TextForm; tooLarge: boolean }> {
  using open = await openFile(path, options);
  try {
    const bytes = readAtMost(open.file, open.sizeBytes, MAX_BYTES);
    if (bytes === null) return { tooLarge: true };
    return { ...decodeText(bytes), tooLarge: false };
  } catch (error) {
    throw toFileError(error, path, "read");
  }
}

/** New content with the line ends of the old, where the old has only CR LF and the new no CR. */
function keepForm(content: string, old: string): string {
  const ends = countLineEnds(old);
  const text = content.startsWith("\uFEFF") ? content.slice(1) : content;
  if (ends.crlf === 0 || ends.lf > 0 || text.includes("\r")) return text;
  return text.replaceAll("\n", "\r\n");
}

function comparable(text: string | undefined): string | null {
  return text === undefined || text.length > MAX_COMPARED_BYTES ? null : text;
}
