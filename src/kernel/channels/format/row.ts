/**
 * An answer as lines, each of which can be written in any service's form by itself. So a text can be
 * split between any two of them and nothing is left open: what goes on is written anew.
 */

/** How a piece of text looks; code has no other look, because services refuse it. */
export interface Look {
  readonly bold?: boolean | undefined;
  readonly italic?: boolean | undefined;
  readonly struck?: boolean | undefined;
  readonly code?: boolean | undefined;
  /** Address that it leads to: http, https, mailto or tel, at most {@linkcode MAX_ADDRESS} long. */
  readonly link?: string | undefined;
}

/** Text of one look, without line ends. */
export interface Span extends Look {
  readonly text: string;
}

/** A line of text, or of code. */
export type Row =
  | {
    readonly type: "text";
    /** A blank line stands before it. */
    readonly gap: boolean;
    /** Quotes that it stands in. */
    readonly quote: number;
    /** Spaces and the mark of a list item, as `  • ` or `2. `. */
    readonly lead: string;
    /** 1 to 6; 0: none. */
    readonly heading: number;
    readonly spans: readonly Span[];
  }
  | {
    readonly type: "code";
    readonly gap: boolean;
    /** Lines of one block have the same number. */
    readonly block: number;
    readonly language: string;
    readonly text: string;
    /** Lines, such as a table's header, that are written again where the block goes on. */
    readonly head: readonly string[];
  };

/** Row of text. */
export type TextRow = Extract<Row, { type: "text" }>;

/** Longest address that is written as a link; a longer one is text. */
export const MAX_ADDRESS = 512;

/** Whether two rows stand within the same block of code, or the same quote. */
export function isSameBlock(one: Row, other: Row): boolean {
  if (one.type === "code") return other.type === "code" && one.block === other.block;
  return other.type === "text" && one.quote > 0 && other.quote > 0;
}

/** What is read where there are no links: the address stands behind the text. */
export function plainSpans(spans: readonly Span[]): string {
  return spans.map(({ text, link }, index) => {
    if (link === undefined || spans[index + 1]?.link === link) return text;
    let label = text;
    for (let at = index - 1; spans[at]?.link === link; at--) label = spans[at]!.text + label;
    return isSameAddress(label, link) ? text : `${text} (${link})`;
  }).join("");
}

/** Whether a text already says the address. */
export function isSameAddress(text: string, address: string): boolean {
  const bare = (one: string) =>
    one.toLowerCase().replace(/^(?:https?:\/\/|mailto:|tel:)/, "").replace(/\/$/, "");
  return bare(text) === bare(address);
}

/** Whether two spans look the same. */
export function isSameLook(one: Look, other: Look): boolean {
  return !!one.bold === !!other.bold && !!one.italic === !!other.italic &&
    !!one.struck === !!other.struck && !!one.code === !!other.code && one.link === other.link;
}

/** Spans that look the same as one; blank ends of a look without it: services want marks at words. */
export function tidySpans(spans: readonly Span[]): Span[] {
  const tidy: Span[] = [];
  const push = (span: Span): void => {
    const last = tidy.at(-1);
    if (span.text === "") return;
    if (last && isSameLook(last, span)) {
      tidy[tidy.length - 1] = { ...last, text: last.text + span.text };
    } else tidy.push(span);
  };
  for (const span of spans) {
    const { text } = span;
    const end = text.trimEnd().length;
    const start = Math.min(end, text.length - text.trimStart().length);
    if (span.code) push(span);
    else {
      push({ text: text.slice(0, start) });
      push({ ...span, text: text.slice(start, end) });
      push({ text: text.slice(end) });
    }
  }
  return tidy;
}

/** A title's spans, where the service has no titles. */
export function boldSpans(spans: readonly Span[]): Span[] {
  return tidySpans(spans.map((span) => span.code ? span : { ...span, bold: true }));
}

/** A row of text that nothing stands around. */
export function textRow(spans: readonly Span[], gap = false): TextRow {
  return { type: "text", gap, quote: 0, lead: "", heading: 0, spans: tidySpans(spans) };
}
