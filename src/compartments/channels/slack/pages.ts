/**
 * The messages of a chat or a thread, answer by answer.
 * Source: docs.slack.dev, "conversations.history", "conversations.replies", "Pagination".
 */
import * as z from "zod";
import type { ChatPlace } from "../../../model/channels/message.ts";
import type { SlackReply } from "../../slack_request.ts";
import type { SlackLine } from "./line.ts";

/** Messages of one answer, and answers of one look. */
const PAGE = 200;
const MAX_PAGES = 10;

const answer = z.object({
  messages: z.array(z.unknown()).max(1_000),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** What one answer had. */
export interface Page {
  readonly messages: readonly unknown[];
  readonly isLast: boolean;
}

/** Pages of a chat or a thread, as Slack orders them; ends with a reply that is none. */
export async function* pagesOf(
  line: SlackLine,
  place: Pick<ChatPlace, "chat" | "thread">,
  args: Record<string, unknown>,
  signal: AbortSignal,
): AsyncGenerator<Page | Exclude<SlackReply, { type: "answered" }>> {
  const method = place.thread === null ? "conversations.history" : "conversations.replies";
  const thread = place.thread === null ? {} : { ts: place.thread };
  let cursor = "";
  for (let count = 0; count < MAX_PAGES; count++) {
    const reply = await line.call(method, {
      channel: place.chat,
      ...thread,
      ...args,
      limit: PAGE,
      ...(cursor === "" ? {} : { cursor }),
    }, signal);
    if (reply.type !== "answered") return yield reply;
    const read = answer.safeParse(reply.body);
    if (!read.success) return yield { type: "malformed" };
    cursor = read.data.response_metadata?.next_cursor ?? "";
    yield { messages: read.data.messages, isLast: cursor === "" };
    if (cursor === "") return;
  }
}

/** A time as Slack writes it. */
export function stamp(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(6);
}
