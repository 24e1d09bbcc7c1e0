/** What a model gets of a message of a chat: the owner's words are theirs, all else is from outside. */
import { Outside } from "../../model/conversation/outside.ts";
import type { InboundMessage } from "../../model/channels/message.ts";
import type { UserMessage } from "../../model/conversation/message.ts";
import { markOutside } from "../outside/mark.ts";
import type { Role } from "../policy/roles.ts";

/** Longest text of somebody else that is passed on, characters. */
const MAX_OUTSIDE = 20_000;

/**
 * Makes it.
 *
 * @param parts.mark A word that nobody outside can know.
 * @param parts.files What is said of its files, by ward.
 * @param parts.nowMs The time, ms since the epoch.
 */
export async function turnMessage(
  { text, sender, quotes = [] }: InboundMessage,
  role: Role,
  parts: { readonly mark: string; readonly files: readonly string[]; readonly nowMs: number },
): Promise<UserMessage> {
  const marked = (source: string, words: string) =>
    markOutside(
      Outside.of(source, words),
      parts.mark,
      (clean) => Promise.resolve(bounded(clean)),
    );
  const isOwner = role === "owner";
  const words = isOwner ? text : await marked(`chat message of ${sender.name}`, text);
  const quoted = await Promise.all(
    quotes.map(({ kind, from, text: said }) => marked(`${kind} chat message of ${from}`, said)),
  );
  const whole = [words, ...quoted, ...parts.files].filter((part) => part !== "").join("\n\n");
  const hasOutside = !isOwner || quotes.length > 0;
  return {
    text: whole === "" ? "(no words)" : whole,
    own: isOwner ? text : "",
    ...hasOutside && { outside: { sources: ["chat"], atMs: parts.nowMs } },
  };
}

function bounded(text: string): string {
  if (text.length <= MAX_OUTSIDE) return text;
  return `${text.slice(0, MAX_OUTSIDE).toWellFormed()}\n(cut: it is longer)`;
}
