/**
 * What Discord takes as the content of a message, for fakes and tests. Source:
 * https://discord.com/developers/docs/resources/message#create-message and
 * https://discord.com/developers/docs/reference#message-formatting.
 */

/** Reads a content: what it would call or show in place of its characters. */
export function discordContent(content: string): { readonly calls: readonly string[] } {
  if (content.trim() === "") throw new Error("50006: Cannot send an empty message");
  if (content.length > 2000) throw new Error("BASE_TYPE_MAX_LENGTH: 2000 or fewer in length");
  if (!content.isWellFormed()) throw new Error("invalid UTF-8");
  if ((content.split("```").length - 1) % 2 !== 0) throw new Error("a block of code stays open");
  return { calls: discordCalls(content) };
}

/** What a text would call, or show in place of its characters. */
export function discordCalls(text: string): readonly string[] {
  const found = text.match(
    /@everyone|@here|<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>|<t:-?\d+(?::\w)?>|<\/[^:>]+:\d+>|<id:\w+>/g,
  );
  return found ?? [];
}
