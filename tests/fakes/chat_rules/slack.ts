/**
 * What Slack takes as the text of a message, for fakes and tests. Source:
 * https://docs.slack.dev/messaging/formatting-message-text and the method chat.postMessage: 4,000
 * characters are the advice, 40,000 the end.
 */

/** What a text calls and links to. */
export interface SlackText {
  /** `@U1`, `!channel`, `#C1`: what stands in angle brackets and is no address. */
  readonly calls: readonly string[];
  readonly links: readonly { readonly url: string; readonly label: string }[];
}

/** Reads a text in mrkdwn. @throws {Error} When it is none that Slack would show as meant. */
export function slackText(text: string): SlackText {
  if (text.trim() === "") throw new Error("no_text");
  if (text.length > 4_000) throw new Error("msg_too_long: 4,000 characters are what is advised");
  if (!text.isWellFormed()) throw new Error("invalid_charset");
  if (/&(?!(?:amp|lt|gt);)/.test(text)) throw new Error("an & that is not escaped");
  if ((text.split("```").length - 1) % 2 !== 0) throw new Error("a block of code that stays open");
  const calls: string[] = [];
  const links: { url: string; label: string }[] = [];
  const rest = text.replace(/<([^<>\n]*)>/g, (_, inner: string) => {
    const [target = "", label = ""] = inner.split(/\|(.*)/s);
    if (/^(?:https?|mailto|tel):\S+$/.test(target)) links.push({ url: target, label });
    else calls.push(target);
    return "";
  });
  // A `>` begins a quote at the beginning of a line and is nothing elsewhere.
  if (/[<>]/.test(rest.replace(/^> /gm, ""))) throw new Error("a < or > that is not escaped");
  return { calls, links };
}
