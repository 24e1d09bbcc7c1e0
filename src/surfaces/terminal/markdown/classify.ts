/**
 * What a line of Markdown is, as soon as its beginning says so. Decided by its characters alone, one
 * after the other, so that it never matters how a stream is cut.
 */

/** A mark before the text of a line. */
export type Mark =
  | { readonly type: "quote" }
  /** `text` as written: `-`, `12.`; `width`: columns of it with the space after it. */
  | { readonly type: "item"; readonly text: string; readonly box: "" | "[ ]" | "[x]" };

/** What a line is. */
export type LineKind =
  | { readonly type: "blank" }
  | { readonly type: "rule" }
  | { readonly type: "fence"; readonly fence: string; readonly info: string }
  | { readonly type: "table" }
  | { readonly type: "text"; readonly heading: number; readonly text: string };

/** A line that was understood. */
export interface ClassifiedLine {
  /** Spaces before everything. */
  readonly indent: number;
  readonly marks: readonly Mark[];
  readonly kind: LineKind;
}

/** Marks in one line at most; further ones are text. */
const MAX_MARKS = 8;

/**
 * Classifies the beginning of a line.
 *
 * @param isWhole The line has ended here.
 * @returns null when more characters are needed.
 */
export function classifyLine(line: string, isWhole: boolean): ClassifiedLine | null {
  let rest = line.replaceAll("\t", "    ").trimStart();
  const indent = line.replaceAll("\t", "    ").length - rest.length;
  const marks: Mark[] = [];
  for (;;) {
    if (rest === "") return isWhole ? { indent, marks, kind: { type: "blank" } } : null;
    if (/^([-*_])(?: *\1)* *$/.test(rest)) {
      if (!isWhole) return null;
      if (/^([-*_])(?: *\1){2,} *$/.test(rest)) return { indent, marks, kind: { type: "rule" } };
    }
    if (marks.length >= MAX_MARKS) break;
    if (rest[0] === ">") {
      if (rest.length === 1 && !isWhole) return null;
      marks.push({ type: "quote" });
      rest = rest.slice(1).trimStart();
      continue;
    }
    if (!isWhole && /^(?:[-+*]|\d{1,9}[.)]?)$/.test(rest)) return null;
    const item = /^([-+*]|\d{1,9}[.)])(?: +|$)/.exec(rest);
    if (!item) break;
    const after = rest.slice(item[0].length);
    if (!isWhole && (after === "" || /^\[[ xX]?\]?$/.test(after))) return null;
    const box = /^\[([ xX])\] +/.exec(after);
    if (!isWhole && /^\[[ xX]\] *$/.test(after)) return null;
    marks.push({
      type: "item",
      text: item[1]!,
      box: !box ? "" : box[1] === " " ? "[ ]" : "[x]",
    });
    rest = box ? after.slice(box[0].length) : after;
    if (rest === "") return { indent, marks, kind: { type: "text", heading: 0, text: "" } };
  }
  const kind = leaf(rest, isWhole);
  return kind && { indent, marks, kind };
}

function leaf(rest: string, isWhole: boolean): LineKind | null {
  if (/^(?:`{1,2}|~{1,2})$/.test(rest) && !isWhole) return null;
  if (/^(?:`{3}|~{3})/.test(rest)) {
    if (!isWhole) return null;
    const fence = /^(?:`{3,}|~{3,})/.exec(rest)![0];
    const info = rest.slice(fence.length).trim();
    if (fence[0] === "~" || !info.includes("`")) return { type: "fence", fence, info };
  }
  if (rest[0] === "|") return isWhole ? { type: "table" } : null;
  if (/^#{1,6} *$/.test(rest) && !isWhole) return null;
  const heading = /^(#{1,6})(?: +|$)/.exec(rest);
  if (!heading) return { type: "text", heading: 0, text: rest };
  return { type: "text", heading: heading[1]!.length, text: rest.slice(heading[0].length) };
}
