/**
 * What was said in a chat before, for a look back and for finding a message whose answer was lost.
 * Source: docs.slack.dev, "conversations.history", "conversations.replies".
 */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { SlackReply } from "../../slack_request.ts";
import type { ChannelApi, HistoryMessage } from "../api.ts";
import type { Directory } from "./directory.ts";
import { answerOf, malformed, type SlackLine } from "./line.ts";
import { pagesOf, stamp } from "./pages.ts";
import { METADATA_TYPE } from "./send.ts";
import { WRITTEN } from "./socket_mode/hear.ts";
import { readText } from "./text.ts";

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

/** A message, where it is one. */
function read(value: unknown): Said[] {
  const { data } = message.safeParse(value);
  return data === undefined ? [] : [data];
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
    const own = page.messages.flatMap(read).filter(({ user, subtype }) =>
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
    said.push(...page.messages.flatMap(read).filter(({ subtype }) => WRITTEN.has(subtype)));
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
