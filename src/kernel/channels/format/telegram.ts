/**
 * HTML of the Bot API. Source: https://core.telegram.org/bots/api#html-style; the 4096 characters of
 * sendMessage are counted without the tags, and entities after the hundredth show as text.
 */
import { type Dialect, type Mark, writeSpans } from "./dialect.ts";
import { boldSpans, type Look } from "./row.ts";

/** Telegram's way. */
export const TELEGRAM: Dialect = {
  limit: 4000,
  maxEntities: 90,
  tableColumns: 44,
  units: (html) =>
    html.replace(/<[^<>]{1,2000}>/g, "").replace(/&(?:lt|gt|amp|quot);/g, "-").length,
  entities: (html) => html.match(/<[a-z]/g)?.length ?? 0,
  fence(row) {
    if (row.type === "code") {
      return row.language === ""
        ? { open: "<pre>", close: "</pre>" }
        : { open: `<pre><code class="language-${row.language}">`, close: "</code></pre>" };
    }
    return row.quote > 0
      ? { open: "<blockquote>", close: "</blockquote>" }
      : { open: "", close: "" };
  },
  row(row) {
    if (row.type === "code") return escaped(row.text);
    const spans = row.heading === 0 ? row.spans : boldSpans(row.spans);
    // Quotes cannot stand in each other.
    const depth = "│ ".repeat(Math.min(Math.max(0, row.quote - 1), 3));
    return depth + row.lead + writeSpans(spans, { marks, text: ({ text }) => escaped(text) });
  },
  plain: (text) => text,
};

function marks({ bold, italic, struck, code, link }: Look): Mark[] {
  if (code) return [{ open: "<code>", close: "</code>" }];
  return [
    link === undefined ? null : { open: `<a href="${escaped(link)}">`, close: "</a>" },
    bold ? { open: "<b>", close: "</b>" } : null,
    italic ? { open: "<i>", close: "</i>" } : null,
    struck ? { open: "<s>", close: "</s>" } : null,
  ].filter((mark) => mark !== null);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
