/**
 * What people wrote, out of Slack's markup: references stand in `<…>`, and `&`, `<` and `>` of the
 * text itself are escaped, so that the two can't be taken for one another. Names of people are not
 * put in: others choose them, and the text is the sender's own words.
 * Source: docs.slack.dev, "Formatting text for app surfaces".
 */

/** A reference; what is longer than any that Slack makes stays as it is. */
const REFERENCE = /<([^<>]{1,8000})>/g;

/** Text without Slack's markup. */
export function readText(text: string): string {
  return unescape(text.replace(REFERENCE, (_, inner: string) => readReference(inner)));
}

/** Whether the bot is mentioned, anywhere. */
export function mentions(text: string, userId: string): boolean {
  return text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);
}

/** Text without a mention of the bot at its beginning, still with markup. */
export function withoutMention(text: string, userId: string): string {
  const found = /^\s{0,100}<@([A-Z0-9]{1,30})(?:\|[^<>]{0,200})?>[\s,:]{0,100}/.exec(text);
  return found !== null && found[1] === userId ? text.slice(found[0].length) : text;
}

/** Text as Slack shows it as it is, without links and mentions of its own making. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function readReference(inner: string): string {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : inner.slice(bar + 1);
  if (target.startsWith("@")) return target;
  // A channel's name has no spaces in it, so it can't say anything.
  if (target.startsWith("#")) {
    return /^[\p{L}\p{N}_-]{1,80}$/u.test(label) ? `#${label}` : target;
  }
  if (target.startsWith("!date^")) return label;
  if (target.startsWith("!subteam^")) return `@${target.slice("!subteam^".length)}`;
  if (target.startsWith("!")) return `@${target.slice(1)}`;
  const address = target.replace(/^(?:mailto|tel):/, "");
  return label === "" || label === target || label === address || shown(target) === label
    ? address
    : `${label} (${address})`;
}

/** How Slack shows an address that was written without its scheme. */
function shown(address: string): string {
  return address.replace(/^https?:\/\//, "");
}
