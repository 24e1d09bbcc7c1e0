/**
 * What was said in a chat before, for a look back and for finding a message whose answer was lost.
 * Source: docs.slack.dev, "conversations.history", "conversations.replies".
 */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { ChatPlace } from "../../../model/channels/message.ts";
import type { SlackReply } from "../../slack_request.ts";
import type { ChannelApi, HistoryMessage } from "../api.ts";
import type { Directory } from "./directory.ts";
import { answerOf, malformed, type SlackLine } from "./line.ts";
import { METADATA_TYPE } from "./send.ts";
import { WRITTEN } from "./socket_mode/hear.ts";
import { readText } from "./text.ts";

/** Messages of one answer, and answers of one look. */
const PAGE = 200;
const MAX_PAGES = 10;

/** How far this machine's clock and Slack's may be apart, ms. */
const SKEW_MS = 600_000;

/** People whose names are asked for in one look. */
const MAX_NAMES = 50;

const message = z.object({
  ts: z.string(),
  subtype: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  username: z.string().optional(),
  text: z.string().nullish(),
  files: z.array(z.object({ name: z.string().nullish() })).optional().catch(undefined),
  metadata: z.object({
    event_type: z.literal(METADATA_TYPE),
    event_payload: z.object({ key: z.string() }),
  }).optional().catch(undefined),
});

type Said = z.infer<typeof message>;

const answer = z.object({
  messages: z.array(z.unknown()).max(1_000),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** What one answer had. */
interface Page {
  readonly messages: readonly Said[];
  readonly isLast: boolean;
}

/** Whether a message of the bot's with this key is there. */
export async function findMessage(
  line: SlackLine,
  userId: string,
  { place, key, sinceMs }: Parameters<ChannelApi["find"]>[0],
  signal: AbortSignal,
): ReturnType<ChannelApi["find"]> {
  const args = { oldest: stamp(sinceMs - SKEW_MS), include_all_metadata: true };
  let isSure = false;
  for await (const page of pagesOf(line, place, args, signal)) {
    if ("type" in page) return { type: "unknown" };
    const own = page.messages.filter(({ user, subtype }) =>
      user === userId && WRITTEN.has(subtype)
    );
    const found = own.find(({ metadata }) => metadata?.event_payload.key === key);
    if (found) return { type: "found", messageId: found.ts };
    // Files carry no key: one of them may be the one that is asked for.
    if (own.some(({ metadata }) => metadata === undefined)) return { type: "unknown" };
    isSure = page.isLast;
  }
  return { type: isSure ? "absent" : "unknown" };
}

/** Newest messages, oldest first. @throws {AppError} `channel.no_history`, `channel.unreachable`. */
export async function readHistory(
  line: SlackLine,
  directory: Directory,
  { place, sinceMs, untilMs, limit }: Parameters<ChannelApi["history"]>[0],
  signal: AbortSignal,
): Promise<HistoryMessage[]> {
  const args = {
    ...(sinceMs === null ? {} : { oldest: stamp(sinceMs) }),
    ...(untilMs === null ? {} : { latest: stamp(untilMs) }),
  };
  const said: Said[] = [];
  for await (const page of pagesOf(line, place, args, signal)) {
    if ("type" in page) throw noHistory(line, page);
    said.push(...page.messages.filter(({ subtype }) => WRITTEN.has(subtype)));
    // A thread is told from its beginning, so its newest messages are on the last page.
    if (place.thread === null && said.length >= limit) break;
  }
  const newest = said.sort((a, b) => Number(b.ts) - Number(a.ts)).slice(0, limit).reverse();
  const people = [...new Set(newest.flatMap(({ user }) => user ?? []))].slice(0, MAX_NAMES);
  const names = new Map(
    await Promise.all(people.map(async (id) => [id, await directory.nameOf(id)] as const)),
  );
  return newest.map(({ ts, user, bot_id, username, text, files = [] }) => {
    const id = user ?? bot_id ?? "";
    const notes = files.map(({ name }) => `[file: ${name ?? "without a name"}]`);
    return {
      messageId: ts,
      sender: { id, name: username ?? names.get(id) ?? id, isBot: bot_id !== undefined },
      text: [readText(text ?? ""), ...notes].filter((one) => one !== "").join("\n"),
      atMs: Math.floor(Number(ts) * 1000),
    };
  });
}

/** Pages of a chat or a thread, as Slack orders them; ends with a reply that is none. */
async function* pagesOf(
  line: SlackLine,
  place: ChatPlace,
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
    const messages = read.data.messages.flatMap((one) => message.safeParse(one).data ?? []);
    yield { messages, isLast: cursor === "" };
    if (cursor === "") return;
  }
}

function noHistory(line: SlackLine, reply: Exclude<SlackReply, { type: "answered" }>): AppError {
  if (reply.type !== "refused") {
    answerOf(line, "bot", reply);
    return malformed(new URL(line.setup.apiUrl).host);
  }
  const { word, needed } = reply;
  return new AppError(
    "channel.no_history",
    `Slack shows no older messages of this chat (${word}${needed === null ? "" : `: ${needed}`})`,
    {
      hint: word === "missing_scope"
        ? "Add the scope under OAuth & Permissions and install the app again"
        : "Invite the bot to the channel",
    },
  );
}

/** A time as Slack writes it. */
function stamp(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(6);
}
