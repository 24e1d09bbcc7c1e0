/** Longest that is shown of a name or title, in characters. */
const SHOWN = 80;

/**
 * A text that others chose, for a line of ward's own Markdown: as code, so that it is no link, no
 * mention and no line of its own.
 */
export function inlineName(text: string): string {
  const bare = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}`]/gu, " ").replaceAll(/\s{1,80}/g, " ").trim();
  const letters = [...bare];
  const shown = letters.length > SHOWN ? `${letters.slice(0, SHOWN).join("")}…` : bare;
  return `\`${shown === "" ? "?" : shown}\``;
}
