/** A session as a document, piece by piece: a long one is never held whole. */
import { describeImage } from "../../../model/conversation/message.ts";
import type { Session, StoredMessage } from "../../../model/conversation/session.ts";
import { safeJson, sanitizeTerminal } from "../sanitize_terminal.ts";

/** Pages of messages, in order. */
export type MessagePages = AsyncIterable<readonly StoredMessage[]>;

/** One JSON document: the session, and its messages in order. */
export async function* exportJson(session: Session, pages: MessagePages): AsyncGenerator<string> {
  yield `{"session":${safeJson(session)},"messages":[`;
  let isFirst = true;
  for await (const page of pages) {
    for (const { id, atMs, message } of page) {
      yield (isFirst ? "\n" : ",\n") + safeJson({ id, atMs, ...message });
      isFirst = false;
    }
  }
  yield "\n]}\n";
}

/** Markdown for people; control characters are taken out. */
export async function* exportMarkdown(
  session: Session,
  pages: MessagePages,
): AsyncGenerator<string> {
  const title = session.title.replace(/\s+/g, " ").trim() || "Session";
  yield sanitizeTerminal(
    `# ${title}\n\n- Session ${session.id}\n- Workspace ${session.workspace}\n` +
      `- Begun ${new Date(session.createdAtMs).toISOString()}\n`,
  );
  for await (const page of pages) {
    for (const stored of page) yield sanitizeTerminal(markdownOf(stored));
  }
}

function markdownOf({ message, atMs }: StoredMessage): string {
  const at = new Date(atMs).toISOString();
  switch (message.role) {
    case "user":
      return `\n## You, ${at}\n\n${message.text.trimEnd()}\n` +
        (message.images ?? []).map((image) => `\n[${describeImage(image)}]\n`).join("");
    case "assistant": {
      const calls = message.toolCalls.map(({ name, arguments: args }) =>
        `\nCall of \`${name}\`:\n\n${fenced(args)}`
      );
      const text = message.text.trim() === "" ? "" : `\n${message.text.trimEnd()}\n`;
      const by = message.by === undefined ? "" : ` (${message.by})`;
      return `\n## Ward${by}, ${at}\n${text}${calls.join("")}`;
    }
    case "tool":
      return `\n### Result of ${message.name}${message.ok ? "" : " (failed)"}, ${at}\n\n` +
        fenced(message.content);
  }
}

/** A block whose fence is longer than any in the text, so that the text cannot end it. */
function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}\n`;
}
