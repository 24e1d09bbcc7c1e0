/** Markdown of a model → rows. Whatever it is, it is read in time that grows with its length. */
import { Lexer, type Token, type Tokens } from "marked";
import { stripInvisible } from "../../outside/invisible.ts";
import { stripTerminal } from "../../outside/terminal_sequences.ts";
import { inlineSpans, type References } from "./inline.ts";
import { plainSpans, type Row, type Span, tidySpans } from "./row.ts";
import { type TableCells, tableLines } from "./table.ts";

/** Columns that list items are moved in at most. */
const MAX_INDENT = 16;
/** Twelve quotes and lists within each other, in one line; the lexer calls itself for each. */
const TOO_NESTED = /^(?:[ \t]{0,4}(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))){12}/;
/** Spaces before a list item that count. */
const MAX_SPACES = 48;

/** Rows of a text. @param columns Widest table that is shown as one; others come as cards. */
export function readMarkdown(markdown: string, columns: number): Row[] {
  const text = shallow(stripInvisible(stripTerminal(markdown.toWellFormed()).text).text);
  const lexer = new Lexer();
  // Blocks alone: what stands in them is read piece by piece.
  lexer.blockTokens(text, lexer.tokens);
  const reader = createReader({ references: lexer.tokens.links, columns, text });
  reader.blocks(lexer.tokens, { quote: 0, lead: "", hang: "" });
  return reader.rows;
}

/** The text with lines that nest too deep made text. */
function shallow(text: string): string {
  let fence = "";
  return text.split("\n").map((line) => {
    const mark = /^[ \t]{0,16}(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (fence !== "") {
      if (mark.startsWith(fence)) fence = "";
      return line;
    }
    if (mark !== "") fence = mark;
    const start = line.length - line.trimStart().length;
    const near = start > MAX_SPACES ? line.slice(start - MAX_SPACES) : line;
    const nested = TOO_NESTED.exec(near)?.[0];
    return nested === undefined ? near : `${nested}\\${near.slice(nested.length)}`;
  }).join("\n");
}

interface Place {
  readonly quote: number;
  /** Before the next row. */
  readonly lead: string;
  /** Before those after it. */
  readonly hang: string;
}

function createReader(
  { references, columns, text }: {
    readonly references: References;
    readonly columns: number;
    readonly text: string;
  },
) {
  const rows: Row[] = [];
  let gap = false;
  let block = 0;

  const add = (spans: readonly Span[], place: Place, heading = 0): void => {
    const lead = place.lead;
    for (const [index, line] of lines(spans).entries()) {
      rows.push({
        type: "text",
        gap: gap && rows.length > 0,
        quote: place.quote,
        lead: index === 0 ? lead : place.hang,
        heading,
        spans: line,
      });
      gap = false;
    }
  };
  const code = (
    body: readonly string[],
    { language, head }: { readonly language: string; readonly head: readonly string[] },
    place: Place,
  ): void => {
    // Services want the fence at the beginning of a line.
    if (place.lead !== place.hang) add([{ text: "" }], place);
    block++;
    for (const line of body) {
      rows.push({ type: "code", gap: gap && rows.length > 0, block, language, text: line, head });
      gap = false;
    }
  };
  const table = ({ header, rows: cells, align }: Tokens.Table, place: Place): void => {
    const spans = (cell: Tokens.TableCell) => inlineSpans(cell.text, references);
    const plain: TableCells = {
      header: header.map((cell) => plainSpans(spans(cell))),
      rows: cells.map((row) => row.map((cell) => plainSpans(spans(cell)))),
      align,
    };
    const lines = tableLines(plain, columns);
    if (lines) {
      return code([...lines.head, ...lines.body], { language: "", head: lines.head }, place);
    }
    for (const row of cells) {
      row.forEach((cell, at) => {
        const name = plain.header[at]?.replaceAll("\n", " ").trim() ?? "";
        const value = spans(cell);
        if (plainSpans(value).trim() === "") return;
        if (at === 0) add(value.map((one) => one.code ? one : { ...one, bold: true }), place);
        else {
          const label = name === "" ? [] : [{ text: `${name}: ` }];
          add([...label, ...value], { ...place, lead: `${place.hang}• `, hang: `${place.hang}  ` });
        }
      });
      gap = true;
    }
  };
  const list = ({ items, ordered, start }: Tokens.List, place: Place): void => {
    items.forEach((item, index) => {
      const box = item.task ? (item.checked ? "☑" : "☐") : "•";
      const mark = `${ordered ? `${Number(start) + index}.` : box} `;
      const hang = place.hang + (place.hang.length < MAX_INDENT ? " ".repeat(mark.length) : "");
      const lead = (index === 0 ? place.lead : place.hang) + mark;
      const before = rows.length;
      blocks(item.tokens, { quote: place.quote, lead, hang });
      if (rows.length === before) add([{ text: "" }], { ...place, lead });
      if (endsBlank(item.raw)) gap = true;
    });
  };
  const blocks = (tokens: readonly Token[], place: Place): void => {
    let isFirst = true;
    for (const token of tokens) {
      const before = rows.length;
      one(token, isFirst ? place : { ...place, lead: place.hang });
      if (rows.length > before) isFirst = false;
      if (endsBlank(token.raw)) gap = true;
    }
  };
  const one = (token: Token, place: Place): void => {
    switch (token.type) {
      case "space":
      case "checkbox":
        return;
      case "heading":
        return add(inlineSpans(String(token["text"]), references), place, Number(token["depth"]));
      case "code":
        return code(String(token["text"]).split("\n"), {
          language: /^[\w+#.-]{1,20}(?!\S)/.exec(String(token["lang"] ?? ""))?.[0] ?? "",
          head: [],
        }, place);
      case "table":
        return table(token as Tokens.Table, place);
      case "list":
        return list(token as Tokens.List, place);
      case "blockquote":
        return blocks(token.tokens ?? [], { ...place, quote: place.quote + 1 });
      case "hr":
        return add([{ text: "──────────" }], place);
      case "def":
        // Where it is used, the text that leads there is a link.
        if (!isUsed(String(token["tag"]))) add([{ text: token.raw.trimEnd() }], place);
        return;
      case "html":
        return add([{ text: token.raw.trimEnd() }], place);
      default:
        return add(
          inlineSpans("text" in token ? String(token.text) : token.raw, references),
          place,
        );
    }
  };
  let named: ReadonlyMap<string, number> | null = null;
  const isUsed = (tag: string): boolean => {
    named ??= bracketed(text);
    return (named.get(tag) ?? 0) > 1;
  };
  return { rows, blocks };
}

/** How often each name stands in brackets. */
function bracketed(text: string): Map<string, number> {
  const named = new Map<string, number>();
  for (const [, name = ""] of text.toLowerCase().matchAll(/\[([^[\]]{1,999})\]/g)) {
    named.set(name, (named.get(name) ?? 0) + 1);
  }
  return named;
}

function endsBlank(raw: string): boolean {
  return /\n[ \t]{0,16}\n[ \t\n]{0,16}$/.test(raw.slice(-32));
}

/** Spans by line. */
function lines(spans: readonly Span[]): Span[][] {
  const all: Span[][] = [[]];
  for (const span of spans) {
    span.text.split("\n").forEach((text, index) => {
      if (index > 0) all.push([]);
      all.at(-1)!.push({ ...span, text });
    });
  }
  return all.map((line) => {
    const tidy = tidySpans(line);
    const last = tidy.at(-1);
    if (!last || last.code) return tidy;
    const text = last.text.trimEnd();
    return text === "" ? tidy.slice(0, -1) : [...tidy.slice(0, -1), { ...last, text }];
  });
}
