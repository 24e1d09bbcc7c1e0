/** Tools that do something at Slack in the user's name. */
import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import { AppError } from "../../../base/app_error.ts";
import type { SlackItem } from "../../../model/services/slack.ts";
import { channelId, given, type SlackRow, slackRow, timestamp, userId } from "./slack_row.ts";

/** As long as a person reads before saying yes to it; Slack itself advises no more. */
const text = z.string().min(1).max(4000).describe("Slack's mrkdwn");

/** Slack would fetch an address that stands in a message, and whoever made it up would hear of that. */
const UNFURLS_NOTHING = { unfurl_links: false, unfurl_media: false };

/** The tools. */
export const actingRows: () => readonly SlackRow[] = lazily(() => [
  slackRow({
    name: "slack_post_as_me",
    title: "Post as the user",
    description: "Post a message as the user, to a channel, direct message or thread (thread_ts)",
    shape: {
      channel: z.union([channelId, z.string().regex(/^#[^\s#@<>]{1,80}$/)]),
      text,
      thread_ts: timestamp.optional(),
    },
    method: "chat.postMessage",
    sends: ({ channel, text, thread_ts }) =>
      `to ${channel}${thread_ts === undefined ? "" : `, thread ${thread_ts}`}: ${text}`,
    run: (args, { call }) => call("chat.postMessage", given({ ...args, ...UNFURLS_NOTHING })),
  }),
  slackRow({
    name: "slack_open_dm",
    title: "Open a direct message",
    description: "Open a direct message with users; gives the channel to post to",
    shape: { users: z.array(userId).min(1).max(8) },
    method: "conversations.open",
    sends: ({ users }) => `with ${users.join(", ")}`,
    run: ({ users }, { call }) => call("conversations.open", { users: users.join(",") }),
  }),
  slackRow({
    name: "slack_dm_self",
    title: "Message to oneself",
    description: "Post a message to the user's own direct message, as a note to them",
    shape: { text },
    method: "chat.postMessage",
    sends: ({ text }) => `to yourself: ${text}`,
    async run({ text }, { account, call }) {
      const { items: [opened] } = await call("conversations.open", { users: account.userId });
      const channel = ownChannel(opened);
      return await call("chat.postMessage", { channel, text, ...UNFURLS_NOTHING });
    },
  }),
]);

/** Where the message to oneself goes: what comes from outside names a direct message, or nothing. */
function ownChannel(opened: SlackItem | undefined): string {
  const { success, data } = z.string().regex(/^D[A-Z0-9]{1,24}$/).safeParse(opened?.["id"]);
  if (success) return data;
  throw new AppError("slack.malformed", "Slack opened no direct message");
}
