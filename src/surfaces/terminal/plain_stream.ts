/** Answers that are no Markdown: what the built-in assistant found stands there as it is. */
import { createRowWriter } from "./markdown/rows.ts";
import type { AnswerStream } from "../cli/renderer.ts";
import { createTerminalSanitizer } from "../cli/sanitize_terminal.ts";

/**
 * Builds a stream of lines behind the same gutter as Markdown, broken at spaces: a name or a path
 * stays whole where a row has room for it. Control characters are taken out.
 *
 * @param options `columns`: of the screen, asked for at each row.
 */
export function createPlainStream(options: { columns(): number }): AnswerStream {
  const sanitizer = createTerminalSanitizer();
  let rows = createRowWriter({ ...options, hasStyle: false });
  let line = "";
  const take = (text: string): string => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    return lines.map(row).join("");
  };
  const row = (text: string): string => {
    const line = text.trimEnd().replaceAll("\t", "    ");
    const words = line.trimStart();
    if (words !== "") {
      // Further rows begin where the line does; a deep one leaves room for words.
      const indent = line.slice(0, Math.min(line.length - words.length, rows.room - 8));
      return rows.prefix(indent, "", indent) + rows.spans([{ text: words, style: "" }]) +
        rows.endRow();
    }
    rows.blank();
    return "";
  };
  return {
    push: (text) => take(sanitizer.push(text)),
    end() {
      const out = take(sanitizer.end()) + (line === "" ? "" : row(line));
      line = "";
      rows = createRowWriter({ ...options, hasStyle: false });
      return out;
    },
    broken: () => rows.broken(),
  };
}

/** One of two streams, asked for at each piece; answers do not change in between. */
export function eitherStream(
  isPlain: () => boolean,
  plain: AnswerStream,
  markdown: AnswerStream,
): AnswerStream {
  const now = () => isPlain() ? plain : markdown;
  return {
    push: (text) => now().push(text),
    end: () => now().end(),
    broken: () => now().broken?.(),
  };
}
