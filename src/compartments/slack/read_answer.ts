/**
 * What of an answer is passed on: the fields that say something, in texts that are bounded. Names as
 * Slack has them. Source: docs.slack.dev, the page of each method.
 */
import * as z from "zod";
import type { SlackAnswer, SlackItem, SlackMethod } from "../../model/services/slack.ts";

/** Characters of a message that are passed on. */
const TEXT_CHARS = 4000;

/** Characters of any other text. */
const WORD_CHARS = 300;

/** Things of one answer. */
const MAX_ITEMS = 1000;

const short = (chars: number) =>
  z.string().transform((text) =>
    text.length > chars ? `${text.slice(0, chars).toWellFormed()}… (cut)` : text
  );
const word = short(WORD_CHARS).optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

const file = z.object({
  id: word,
  name: word,
  title: word,
  mimetype: word,
  size: count,
  user: word,
  created: count,
  permalink: word,
});

const message = z.object({
  ts: word,
  thread_ts: word,
  user: word,
  username: word,
  bot_id: word,
  subtype: word,
  text: short(TEXT_CHARS).optional().catch(undefined),
  reply_count: count,
  permalink: word,
  channel: z.union([
    z.object({ id: word, name: word }),
    z.string().transform((id) => ({ id: id.slice(0, WORD_CHARS), name: undefined })),
  ]).optional().catch(undefined),
  files: z.array(file.pick({ id: true, name: true, mimetype: true })).max(50).optional()
    .catch(undefined),
});

const user = z.object({
  id: word,
  name: word,
  deleted: flag,
  is_bot: flag,
  tz: word,
  real_name: word,
  profile: z.object({ real_name: word, display_name: word, email: word, title: word })
    .optional().catch(undefined),
}).transform(({ profile, real_name, ...rest }) => ({
  ...rest,
  real_name: real_name ?? profile?.real_name,
  display_name: profile?.display_name,
  email: profile?.email,
  title: profile?.title,
}));

const channel = z.object({
  id: word,
  name: word,
  is_private: flag,
  is_archived: flag,
  is_member: flag,
  is_im: flag,
  user: word,
  num_members: count,
  topic: z.object({ value: word }).transform(({ value }) => value).optional().catch(undefined),
});

const cursor = z.object({
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
}).transform(({ response_metadata }) => response_metadata?.next_cursor || null);

const list = <S extends z.ZodType<SlackItem>>(items: S) => z.array(items).max(MAX_ITEMS);
const found = <S extends z.ZodType<SlackItem>>(items: S) =>
  z.object({
    matches: list(items),
    paging: z.object({ page: z.number(), pages: z.number() }).optional().catch(undefined),
  }).transform(({ matches, paging }): SlackAnswer => ({
    items: matches,
    next: paging && paging.page < paging.pages ? String(paging.page + 1) : null,
  }));

const one = (item: SlackItem): SlackAnswer => ({ items: [item], next: null });

const READERS: Readonly<Record<SlackMethod, z.ZodType<SlackAnswer | SlackItem[]>>> = {
  "auth.test": z.object({ url: word, team: word, team_id: word, user: word, user_id: word })
    .transform(one),
  "chat.getPermalink": z.object({ channel: word, permalink: word }).transform(one),
  "chat.postMessage": z.object({ channel: word, ts: word }).transform(one),
  "conversations.history": z.object({ messages: list(message) }).transform((all) => all.messages),
  "conversations.replies": z.object({ messages: list(message) }).transform((all) => all.messages),
  "conversations.list": z.object({ channels: list(channel) }).transform((all) => all.channels),
  "conversations.open": z.object({ channel }).transform((all) => one(all.channel)),
  "search.files": z.object({ files: found(file) }).transform((all) => all.files),
  "search.messages": z.object({ messages: found(message) }).transform((all) => all.messages),
  "users.info": z.object({ user }).transform((all) => one(all.user)),
  "users.list": z.object({ members: list(user) }).transform((all) => all.members),
  "users.lookupByEmail": z.object({ user }).transform((all) => one(all.user)),
};

/** Takes an answer apart; null: it is of another form. */
export function readAnswer(method: SlackMethod, result: unknown): SlackAnswer | null {
  const read = READERS[method].safeParse(result);
  if (!read.success) return null;
  if (!Array.isArray(read.data)) return read.data as SlackAnswer;
  const next = cursor.safeParse(result);
  return { items: read.data, next: next.success ? next.data : null };
}
