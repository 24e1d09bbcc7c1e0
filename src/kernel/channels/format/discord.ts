/**
 * Discord's Markdown. Source: https://discord.com/developers/docs/reference#message-formatting and
 * the support article "Markdown Text 101": a backslash makes any sign a character; messages hold
 * 2,000 characters. Addresses stand in `<>`, so that no preview fetches them.
 */
import { APART, type Dialect, type Mark, writeSpans } from "./dialect.ts";
import { boldSpans, isSameAddress, type Look, type Span } from "./row.ts";

/** Discord's way. */
export const DISCORD: Dialect = {
  limit: 1900,
  maxEntities: Infinity,
  tableColumns: 60,
  units: (text) => text.length,
  entities: () => 0,
  fence: (row) =>
    row.type === "code"
      ? { open: `\`\`\`${row.language}\n`, close: "\n```" }
      : { open: "", close: "" },
  row(row) {
    if (row.type === "code") return uncalled(row.text.replaceAll("``", `\`${APART}\``));
    const quote = row.quote > 0 ? "> " + "│ ".repeat(Math.min(row.quote - 1, 3)) : "";
    const isTitle = row.heading > 0 && row.heading <= 3 && row.lead === "";
    const spans = (row.heading === 0 || isTitle ? row.spans : boldSpans(row.spans)).map(webLink);
    const written = writeSpans(spans, {
      marks,
      text: literal,
      between: (before, { opening }) =>
        /^[*~`]/.test(opening) && /[*~`]$/.test(before) ? APART : "",
    });
    const lead = row.lead.replace("• ", "- ");
    return quote + (isTitle ? `${"#".repeat(row.heading)} ` : lead) +
      uncalled(written.replace(LINE_MARK, "$1\\$2"));
  },
  plain: uncalled,
};

/** What makes a line a title, small print, an item or a quote. */
const LINE_MARK = /^(\s{0,16}(?:\d{1,9}(?=\.\s))?)([#>+.-])/;

function marks({ bold, italic, struck, code, link }: Look, text: string): Mark[] {
  if (code) return [codeMark(text)];
  return [
    bold ? { open: "**", close: "**" } : null,
    italic ? { open: "*", close: "*" } : null,
    struck ? { open: "~~", close: "~~" } : null,
    link === undefined ? null : linkMark(link, text),
  ].filter((mark) => mark !== null);
}

/** Links lead to web pages only. */
function webLink(span: Span): Span {
  const { text, link } = span;
  if (link === undefined) return span;
  if (/^https?:/.test(link)) return { ...span, link: link.replace(/@(?=everyone|here)/g, "%40") };
  return { ...span, link: undefined, text: isSameAddress(text, link) ? text : `${text} (${link})` };
}

function codeMark(text: string): Mark {
  if (!text.includes("`")) return { open: "`", close: "`" };
  return { open: "`` ", close: " ``" };
}

function linkMark(link: string, text: string): Mark {
  return isSameAddress(text, link)
    ? { open: "<", close: ">" }
    : { open: "[", close: `](<${link}>)` };
}

function literal({ text, code, link }: Span): string {
  if (code) return text.replaceAll("``", `\`${APART}\``);
  if (link !== undefined && isSameAddress(text, link)) return link;
  const signs = link !== undefined ? SIGNS_IN_LINK : text.includes("](") ? LINK_SIGNS : SIGNS;
  return text.replace(signs, "\\$&");
}

/** What would be markup; an underscore within a word, and one sign of two, are not. */
const SIGNS =
  /[*`]|\\(?![\p{L}\p{N}\s])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|/gu;
const LINK_SIGNS = new RegExp(`${SIGNS.source}|\\[`, SIGNS.flags);
const SIGNS_IN_LINK = /[*`_~|[\]\\]/g;

/** Calls nobody and stands for nothing: `@everyone`, `<@1>`, `<#1>`, `<:a:1>`, `<t:1>`, `</a:1>`. */
function uncalled(text: string): string {
  return text.replace(/@(?=everyone|here)/g, `@${APART}`)
    .replace(/<(?=[@#:/]|a:|t:|id:)/g, `<${APART}`);
}
