import { describeImage, type Message } from "../../../model/conversation/message.ts";
import type { SearchHit, Session, StoredMessage } from "../../../model/conversation/session.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden, sanitizeTerminal } from "../sanitize_terminal.ts";

/** Lines of a tool result that are shown; the export has all. */
const RESULT_LINES = 12;

/** Characters of one text that are shown; the export has all. */
const TEXT_CHARACTERS = 20_000;

/** `ward sessions list` for people: two lines each. */
export function formatSessions(sessions: readonly Session[], output: Output): string {
  if (sessions.length === 0) return "No sessions yet\n";
  return sessions.map((session) => {
    const { id, updatedAtMs, messageCount, workspace } = session;
    const messages = messageCount === 1 ? "1 message" : `${messageCount} messages`;
    return `${id}  ${paint(output, "bold", titleOf(session))}\n  ` +
      paint(output, "dim", `${time(updatedAtMs)}  ${messages}  ${revealHidden(workspace)}`) + "\n";
  }).join("");
}

/** `ward sessions show` for people. */
export function formatSession(
  session: Session,
  messages: readonly StoredMessage[],
  output: Output,
): string {
  const left = session.messageCount - messages.length;
  const earlier = left > 0 ? `\n${paint(output, "dim", `… ${left} earlier messages`)}\n` : "";
  return `${paint(output, "bold", titleOf(session))}\n` +
    paint(output, "dim", `${session.id}  ${revealHidden(session.workspace)}`) + "\n" + earlier +
    messages.map((message) => `\n${formatMessage(message, output)}`).join("");
}

/** `ward sessions search` for people. */
export function formatHits(hits: readonly SearchHit[], query: string, output: Output): string {
  if (hits.length === 0) return "Nothing found\n";
  const words = query.split(/[\s"]+/).filter((word) => word !== "").map(escapePattern);
  const pattern = new RegExp(`(${words.join("|")})`, "giu");
  return hits.map((hit) => {
    const snippet = revealHidden(hit.snippet);
    const shown = words.length === 0
      ? snippet
      : snippet.replace(pattern, (word) => paint(output, "yellow", word));
    return `${hit.sessionId}  ${paint(output, "bold", titleOf(hit))}\n  ` +
      `${paint(output, "dim", `${time(hit.atMs)}  ${WHO[hit.role]}`)}  ${shown}\n`;
  }).join("");
}

const WHO: Readonly<Record<Message["role"], string>> = {
  user: "you",
  assistant: "ward",
  tool: "tool",
};

/** A title on one line, in which nothing hides. */
export function titleOf({ title }: { readonly title: string }): string {
  return title.trim() === "" ? "(no messages)" : revealHidden(title.trim());
}

/** A moment as `2026-11-27 02:20Z`. */
export function time(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").replace(/:\d\d\.\d+Z$/, "Z");
}

function formatMessage({ message, atMs }: StoredMessage, output: Output): string {
  const head = (who: string, more = "") =>
    `${paint(output, "bold", who)}  ${paint(output, "dim", time(atMs) + more)}\n`;
  switch (message.role) {
    case "user":
      return head("you") + indented(message.text) +
        (message.images ?? []).map((image) =>
          `  ${paint(output, "dim", "•")} ${describeImage(image)}\n`
        ).join("");
    case "assistant":
      return head("ward") + (message.text.trim() === "" ? "" : indented(message.text)) +
        message.toolCalls.map(({ name, arguments: args }) =>
          `  ${paint(output, "dim", "•")} ${revealHidden(name)} ${
            revealHidden(args.slice(0, 300))
          }\n`
        ).join("");
    case "tool": {
      const lines = message.content.trimEnd().split("\n");
      const left = lines.length - RESULT_LINES;
      const more = left > 0 ? `\n… ${left} more lines` : "";
      const mark = message.ok ? "" : "  failed";
      return head(revealHidden(message.name), mark) +
        indented(lines.slice(0, RESULT_LINES).join("\n") + more);
    }
  }
}

function indented(text: string): string {
  const cut = text.length > TEXT_CHARACTERS ? text.slice(0, TEXT_CHARACTERS) + "\n…" : text;
  return sanitizeTerminal(cut).trimEnd().split("\n").map((line) => `  ${line}\n`).join("");
}

function escapePattern(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
