/**
 * Markdown as it comes, for a terminal. Nothing that was printed is ever changed: a line begins to
 * show when its beginning says what it is, a word when nothing in it can still become something
 * else, a table when it has ended. So the screen cannot be garbled by a resize, and how the text was
 * cut on its way makes no difference.
 *
 * Inline marks and tables are read by `marked`; lines are told apart here, because its block lexer
 * needs the whole text. Left out: headings underlined with `===`, reference links, tables without a
 * bar at the beginning of the line; they show as they are written.
 */
import type { AnswerStream } from "../../cli/renderer.ts";
import { createTerminalSanitizer } from "../../cli/sanitize_terminal.ts";
import { type ClassifiedLine, classifyLine, type Mark } from "./classify.ts";
import { inlineSpans, isSettled } from "./inline.ts";
import { createRowWriter, type Style } from "./rows.ts";
import { tableLines } from "./table.ts";

/** Spaces that a nested line is moved in at most. */
const MAX_INDENT = 16;

/** Longest line, in characters, that waits for its end; a longer one shows as text. */
const MAX_HELD = 100_000;

const HEADING: Style = "1";
const DIM: Style = "2";

/**
 * Builds a stream. Control characters are taken out first.
 *
 * @param options `columns`: of the screen, asked for at each row. `hasStyle`: SGR is allowed.
 */
export function createMarkdownStream(
  options: { columns(): number; readonly hasStyle: boolean },
): AnswerStream {
  const { hasStyle } = options;
  const sanitizer = createTerminalSanitizer();
  let rows = createRowWriter(options);
  /** The line so far; empty once it is known what it is and shows as it comes. */
  let line = "";
  /** The line is known: its characters go to `held`. */
  let isOpen = false;
  /** Text that still may become something else. */
  let held = "";
  let style: Style = "";
  let fence: { readonly mark: string; readonly quotes: number; readonly indent: number } | null =
    null;
  let table: string[] = [];
  /** In a list: lines that are moved in belong to it. */
  let isInList = false;
  /** The line before was text without marks, which the next line may go on with. */
  let isParagraph = false;

  const settle = (force: boolean): string => {
    if (held === "" || (!force && !isSettled(held))) return "";
    const out = rows.spans(inlineSpans(held, style, { hasStyle }));
    held = "";
    return out;
  };
  const endText = (): string => settle(true) + rows.endRow();
  const endTable = (): string => {
    if (table.length === 0) return "";
    const text = table.join("\n");
    table = [];
    const lines = tableLines(text, rows.room, { hasStyle });
    if (lines) {
      return lines.map((one) => rows.prefix("", "", "") + painted(one) + rows.endRow()).join("");
    }
    return text.split("\n").map((one) =>
      rows.prefix("", "", "") + rows.spans(inlineSpans(one, "", { hasStyle })) + rows.endRow()
    ).join("");
  };
  const painted = (spans: readonly { text: string; style: Style }[]) =>
    spans.map(({ text, style }) => style !== "" && hasStyle ? `\x1b[${style}m${text}\x1b[0m` : text)
      .join("");

  const prefixOf = (indent: number, marks: readonly Mark[]) => {
    let text = " ".repeat(Math.min(indent, MAX_INDENT));
    let hang = text;
    for (const mark of marks) {
      const piece = mark.type === "quote"
        ? "│ "
        : mark.box !== ""
        ? `${mark.box} `
        : /^\d/.test(mark.text)
        ? `${mark.text} `
        : "• ";
      text += piece;
      hang += mark.type === "quote" ? piece : " ".repeat(piece.length);
    }
    return { text, hang };
  };

  /** Begins the text of a line that is known. */
  const begin = ({ indent, marks, kind }: ClassifiedLine & { kind: { type: "text" } }): string => {
    const goesOn = marks.length === 0 && kind.heading === 0 && isParagraph;
    let out = "";
    if (goesOn) {
      // The line end stays one; an emphasis may go on over it.
      if (held !== "") held += "\n";
      else out += rows.endRow();
    } else {
      out += endText();
      if (marks.some((mark) => mark.type === "item")) isInList = true;
      else if (indent < 2) isInList = false;
      const { text, hang } = prefixOf(isInList ? indent : 0, marks);
      style = kind.heading > 0 ? HEADING : "";
      const shown = kind.heading > 0 && !hasStyle ? `${text}${"#".repeat(kind.heading)} ` : text;
      out += rows.prefix(shown, marks.length > 0 ? DIM : style, hang);
    }
    isParagraph = kind.heading === 0;
    isOpen = true;
    return out + feed(kind.text);
  };
  /** Text of an open line. */
  const feed = (text: string): string => {
    let out = "";
    for (const char of text) {
      if (/\s/.test(char)) out += settle(false);
      held += char;
    }
    return out;
  };

  const endLine = (): string => {
    const whole = line;
    line = "";
    if (fence) return fenceLine(whole, fence);
    if (isOpen) {
      isOpen = false;
      // Kept when it is not settled: the paragraph may go on.
      return isParagraph ? settle(false) : endText();
    }
    const classified = classifyLine(whole, true)!;
    const { kind, marks, indent } = classified;
    if (kind.type === "table") {
      const out = table.length === 0 ? endText() : "";
      isParagraph = false;
      if (marks.length > 0) return out + asText(classified, whole.trim());
      table.push(whole);
      return out;
    }
    const before = endTable();
    switch (kind.type) {
      case "blank": {
        const out = endText();
        isParagraph = false;
        if (marks.length > 0) return before + out + bare(indent, marks);
        rows.blank();
        return before + out;
      }
      case "rule": {
        const out = endText();
        isParagraph = false;
        isInList = false;
        const width = Math.min(40, rows.room);
        return before + out + rows.prefix("─".repeat(width), DIM, "") + rows.endRow();
      }
      case "fence": {
        const out = endText();
        isParagraph = false;
        const quotes = marks.filter((mark) => mark.type === "quote").length;
        fence = { mark: kind.fence, quotes, indent };
        const { hang } = prefixOf(indent, marks);
        // Without styles the fence shows where code begins and ends.
        const label = hasStyle ? kind.info : kind.fence + kind.info;
        if (label === "") return before + out + codePrefix(hang);
        return before + out + rows.prefix(hang, DIM, hang) + rows.verbatim(label, DIM) +
          codePrefix(hang);
      }
      default: {
        // Code by its indentation: spaces in it count.
        const isCode = indent >= 4 && marks.length === 0 && !isParagraph && !isInList;
        if (isCode) {
          const out = endText();
          return before + out + rows.prefix("", "", "") + rows.verbatim(whole.trimEnd(), "");
        }
        const out = begin(classified as ClassifiedLine & { kind: { type: "text" } });
        isOpen = false;
        return before + out + (isParagraph ? settle(false) : endText());
      }
    }
  };
  /** Sets what code lines begin with; opens no row. */
  let codeHang = "";
  const codePrefix = (hang: string): string => {
    codeHang = hang + (hasStyle ? "  " : "");
    return "";
  };
  const fenceLine = (whole: string, open: NonNullable<typeof fence>): string => {
    let rest = whole;
    for (let n = 0; n < open.quotes; n++) rest = rest.replace(/^ {0,3}> ?/, "");
    const closing = rest.trim();
    if (
      closing.length >= open.mark.length && closing.replaceAll(open.mark[0]!, "") === ""
    ) {
      fence = null;
      if (hasStyle) return "";
      return rows.prefix(codeHang, "", codeHang) + rows.verbatim(closing, "");
    }
    const indent = Math.min(open.indent, rest.length - rest.trimStart().length);
    const code = rest.slice(open.quotes > 0 ? 0 : indent).trimEnd();
    return rows.prefix(codeHang, "", codeHang) + rows.verbatim(code, "");
  };
  /** A line of marks alone. */
  const bare = (indent: number, marks: readonly Mark[]): string => {
    const { text, hang } = prefixOf(isInList ? indent : 0, marks);
    return rows.prefix(text.trimEnd(), DIM, hang) + rows.endRow();
  };
  const asText = (classified: ClassifiedLine, whole: string): string => {
    const { text, hang } = prefixOf(0, classified.marks);
    const inner = whole.replace(/^[^|]*/, "");
    return rows.prefix(text, DIM, hang) + rows.spans(inlineSpans(inner, "", { hasStyle })) +
      rows.endRow();
  };

  const take = (text: string): string => {
    let out = "";
    for (const char of text) {
      if (char === "\n") {
        out += endLine();
        continue;
      }
      if (isOpen) {
        out += feed(char);
        continue;
      }
      line += char;
      if (fence) continue;
      if (table.length > 0 && /^ {0,3}\|?$/.test(line)) continue;
      const classified = line.length > MAX_HELD
        ? { indent: 0, marks: [], kind: { type: "text", heading: 0, text: line } as const }
        : classifyLine(line, false);
      if (classified?.kind.type !== "text") continue;
      if (classified.indent >= 4 && classified.marks.length === 0 && !isParagraph && !isInList) {
        continue;
      }
      line = "";
      out += endTable() + begin(classified as ClassifiedLine & { kind: { type: "text" } });
    }
    return out;
  };

  return {
    push: (text) => take(sanitizer.push(text)),
    end() {
      let out = take(sanitizer.end());
      if (line !== "" || isOpen) out += endLine();
      out += endText() + endTable();
      rows = createRowWriter(options);
      [line, isOpen, held, style, fence, table] = ["", false, "", "", null, []];
      [isInList, isParagraph] = [false, false];
      return out;
    },
    broken: () => rows.broken(),
  };
}
