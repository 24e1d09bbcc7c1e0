/**
 * Slack's mrkdwn. Source: https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>`
 * are escaped, which also makes mentions text; a mark counts at the edge of a word, and there is no
 * escape for one, so an invisible character stands behind it.
 */
import { APART, type Dialect, type Mark, writeSpans } from "./dialect.ts";
import { boldSpans, type Look, type Span } from "./row.ts";

/** Slack's way. */
export const SLACK: Dialect = {
  limit: 3900,
  maxEntities: Infinity,
  tableColumns: 72,
  units: (text) => text.length,
  entities: () => 0,
  fence: (row) => row.type === "code" ? { open: "```\n", close: "\n```" } : { open: "", close: "" },
  row(row) {
    if (row.type === "code") return escaped(row.text).replaceAll("``", `\`${APART}\``);
    const quote = row.quote > 0 ? "> " + "│ ".repeat(Math.min(row.quote - 1, 3)) : "";
    const spans = row.heading === 0 ? row.spans : boldSpans(row.spans);
    const pairs = pairedMarks(spans);
    return quote + row.lead + writeSpans(spans, {
      marks,
      text: (span) => literal(span, pairs),
      between: (before, met, after) => needsApart(before, met, after) ? APART : "",
    });
  },
  // Slack escapes nothing by itself: whoever sends it escapes, and this keeps it apart before that.
  plain: (text) => text.replace(/<(?=[!@#])/g, `<${APART}`),
};

function marks({ bold, italic, struck, code, link }: Look, text: string): Mark[] {
  if (code) return text.includes("`") ? [] : [{ open: "`", close: "`" }];
  const mark = (sign: string) => text.includes(sign) ? null : { open: sign, close: sign };
  return [
    bold ? mark("*") : null,
    italic ? mark("_") : null,
    struck ? mark("~") : null,
    link === undefined ? null : { open: `<${escaped(link).replaceAll("|", "%7C")}|`, close: ">" },
  ].filter((one) => one !== null);
}

function literal({ text, code, link }: Span, pairs: ReadonlySet<string>): string {
  const safe = escaped(text);
  if (link !== undefined) return safe.replaceAll("|", "¦").replaceAll("``", `\`${APART}\``);
  if (code && !text.includes("`")) return safe;
  return safe.replace(MARK_BEFORE_WORD, (sign) => pairs.has(sign) ? sign + APART : sign)
    .replaceAll("``", `\`${APART}\``)
    // At the beginning of a line it would quote.
    .replace(/^&gt;/, `${APART}&gt;`);
}

const MARK_BEFORE_WORD = /(?<![\p{L}\p{N}])[*_~`](?=[^\s*_~`])/gu;

const SIGNS = ["*", "_", "~", "`"].map((sign) => ({
  sign,
  opens: new RegExp(`(?<![\\p{L}\\p{N}])[${sign}](?=\\S)`, "u"),
  closes: new RegExp(`\\S[${sign}](?![\\p{L}\\p{N}])`, "u"),
}));

/** Signs of the text itself that could pair within the row. */
function pairedMarks(spans: readonly Span[]): ReadonlySet<string> {
  const text = spans.map((span) => span.code && !span.text.includes("`") ? " " : span.text).join(
    "",
  );
  return new Set(
    SIGNS.filter(({ opens, closes }) => {
      const begin = text.search(opens);
      return begin >= 0 && closes.test(text.slice(begin + 1));
    }).map(({ sign }) => sign),
  );
}

/** Whether marks that meet, or that stand within a word, need something between. */
function needsApart(
  before: string,
  { closing, opening }: { readonly closing: string; readonly opening: string },
  after: string,
): boolean {
  if (/^[*_~`]/.test(opening)) return /[\p{L}\p{N}*_~`]$/u.test(before);
  return /[*_~`]$/.test(closing) && /^[\p{L}\p{N}*_~`]/u.test(after);
}

/** As Slack wants characters that mean something to it. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
