/** Tools that read at Slack what the user's account sees. */
import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import { UsageError } from "../../../base/app_error.ts";
import type { SlackItem } from "../../../model/services/slack.ts";
import {
  channelId,
  cursor,
  given,
  limit,
  type SlackRow,
  slackRow,
  time,
  timestamp,
  userId,
} from "./slack_row.ts";

/** Users of one page of the list. */
const USERS_A_PAGE = 200;
/** Pages that a search of users looks at. */
const USER_PAGES = 10;

const query = z.string().min(1).max(500);
const page = z.int().min(1).max(100).optional().describe("next of the answer before");
const newestFirst = { sort: "timestamp", sort_dir: "desc" };

/** The tools. */
export const readingRows: () => readonly SlackRow[] = lazily(() => [
  slackRow({
    name: "slack_whoami",
    title: "Who am I at Slack",
    description: "The user and workspace that the login is of",
    shape: {},
    method: "auth.test",
    run: (_, { call }) => call("auth.test", {}),
  }),
  slackRow({
    name: "slack_list_channels",
    title: "Channels",
    description: "Channels with their ids",
    shape: { limit: limit(100, 200), cursor },
    method: "conversations.list",
    run: (args, { call }) =>
      call(
        "conversations.list",
        given({ ...args, types: "public_channel,private_channel", exclude_archived: true }),
      ),
  }),
  slackRow({
    name: "slack_channel_history",
    title: "Messages of a channel",
    description: "Messages of a channel or direct message, newest first",
    shape: {
      channel: channelId,
      oldest: time.optional(),
      latest: time.optional(),
      limit: limit(30, 100),
      cursor,
    },
    method: "conversations.history",
    run: (args, { call }) => call("conversations.history", given(args)),
  }),
  slackRow({
    name: "slack_replies",
    title: "Replies of a thread",
    description: "A thread: its first message, by its ts, and the replies",
    shape: { channel: channelId, ts: timestamp, limit: limit(50, 100), cursor },
    method: "conversations.replies",
    run: (args, { call }) => call("conversations.replies", given(args)),
  }),
  slackRow({
    name: "slack_search_messages",
    title: "Search messages",
    description:
      "Search messages, newest first; Slack's modifiers such as in:#channel, from:@user, " +
      "after:2026-01-31 work",
    shape: { query, count: limit(20, 50), page },
    method: "search.messages",
    run: (args, { call }) => call("search.messages", given({ ...args, ...newestFirst })),
  }),
  slackRow({
    name: "slack_search_files",
    title: "Search files",
    description: "Search files by name and content, newest first; gives no content",
    shape: { query, count: limit(20, 50), page },
    method: "search.files",
    run: (args, { call }) => call("search.files", given({ ...args, ...newestFirst })),
  }),
  slackRow({
    name: "slack_search_users",
    title: "Search users",
    description: "Users whose name, title or e-mail address has these words",
    shape: { query, limit: limit(20, 50) },
    method: "users.list",
    async run({ query, limit }, { call }) {
      const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
      const items: SlackItem[] = [];
      let looked = 0;
      let from: string | undefined;
      for (let at = 0; at < USER_PAGES && items.length < limit; at++) {
        const answer = await call("users.list", given({ limit: USERS_A_PAGE, cursor: from }));
        looked += answer.items.length;
        items.push(...answer.items.filter((user) => hasWords(user, words)));
        if (answer.next === null) return { items: items.slice(0, limit), next: null };
        from = answer.next;
      }
      const note = `Of ${looked} users; there are more that were not looked at`;
      return { items: items.slice(0, limit), next: null, note };
    },
  }),
  slackRow({
    name: "slack_list_users",
    title: "Users",
    description: "Users of the workspace with their ids",
    shape: { limit: limit(100, USERS_A_PAGE), cursor },
    method: "users.list",
    run: (args, { call }) => call("users.list", given(args)),
  }),
  slackRow({
    name: "slack_user_info",
    title: "A user",
    description: "One user, by id or by email",
    shape: { user: userId.optional(), email: z.email().max(320).optional() },
    method: "users.info",
    run({ user, email }, { call }) {
      if (user !== undefined && email === undefined) return call("users.info", { user });
      if (email !== undefined && user === undefined) return call("users.lookupByEmail", { email });
      throw new UsageError("slack.arguments", "Give user or email, one of them");
    },
  }),
  slackRow({
    name: "slack_permalink",
    title: "Link to a message",
    description: "The address of a message",
    shape: { channel: channelId, ts: timestamp },
    method: "chat.getPermalink",
    run: ({ channel, ts }, { call }) => call("chat.getPermalink", { channel, message_ts: ts }),
  }),
]);

function hasWords(user: SlackItem, words: readonly string[]): boolean {
  if (user["deleted"] === true) return false;
  const text = ["name", "real_name", "display_name", "email", "title"].map((key) => user[key])
    .filter((value) => typeof value === "string").join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
