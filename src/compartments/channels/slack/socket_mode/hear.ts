/**
 * What of Slack's envelopes is for ward: messages, presses of its buttons and its slash command. All
 * else (edits, joins, its own messages, reactions) is not. Source: docs.slack.dev, "message event",
 * "app_mention event", "block_actions payload", "Implementing slash commands".
 */
import * as z from "zod";
import type { ChatFile, ChatPlace, ChatQuote } from "../../../../model/channels/message.ts";
import { mentions, readText, withoutMention } from "../text.ts";

/** A message as Slack sent it, before names were asked for. */
export interface HeardMessage {
  readonly type: "message";
  readonly chat: string;
  /** null: it was not said. */
  readonly kind: ChatPlace["kind"] | null;
  readonly thread: string | null;
  readonly ts: string;
  readonly sender: { readonly id: string; readonly name: string | null; readonly isBot: boolean };
  readonly text: string;
  readonly quotes: readonly ChatQuote[];
  readonly isAddressed: boolean;
  readonly files: readonly ChatFile[];
}

/** A press. */
export interface HeardPress {
  readonly type: "press";
  readonly chat: string;
  readonly kind: ChatPlace["kind"] | null;
  readonly thread: string | null;
  readonly messageTs: string;
  readonly sender: { readonly id: string; readonly name: string | null; readonly isBot: false };
  readonly data: string;
  readonly at: string;
}

/** A use of {@linkcode SLASH_COMMAND}. */
export interface HeardCommand {
  readonly type: "command";
  readonly chat: string;
  readonly kind: ChatPlace["kind"] | null;
  /** Slack lets no app have slash commands in threads. */
  readonly thread: null;
  /** Slack's id of this use. */
  readonly triggerId: string;
  readonly sender: { readonly id: string; readonly name: string | null; readonly isBot: false };
  /** The command of the chat, with `!`. */
  readonly text: string;
}

/** What an envelope has for ward. */
export type Heard = HeardMessage | HeardPress | HeardCommand;

/** Who listens. */
export interface Listener {
  readonly userId: string;
  readonly botId: string;
  /** Whether a message in a group begins a thread. */
  readonly threads: boolean;
}

/** Before the ids of buttons of ward's. */
export const ACTION_PREFIX = "ward:";

/**
 * The slash command of the manifest in docs/slack_channel.md. One, with ward's own commands as its
 * words: names such as `/help` are Slack's or other apps'.
 */
export const SLASH_COMMAND = "/ward";

/** Files and forwarded messages of one message that are taken. */
const MAX_PARTS = 20;

const id = z.string().regex(/^[A-Z0-9]{1,30}$/);
const ts = z.string().regex(/^\d{1,16}\.\d{1,9}$/);

const file = z.object({
  id,
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  mode: z.string().nullish(),
});

const attachment = z.object({
  is_share: z.boolean().nullish(),
  is_msg_unfurl: z.boolean().nullish(),
  author_name: z.string().nullish(),
  author_id: z.string().nullish(),
  text: z.string().nullish(),
  fallback: z.string().nullish(),
});

const event = z.object({
  type: z.enum(["message", "app_mention"]),
  subtype: z.string().optional(),
  channel: id,
  channel_type: z.string().optional(),
  user: id.optional(),
  bot_id: id.optional(),
  username: z.string().optional(),
  text: z.string().nullish(),
  ts,
  thread_ts: ts.optional(),
  parent_user_id: id.optional(),
  files: z.array(z.unknown()).optional(),
  attachments: z.array(z.unknown()).optional(),
});

const callback = z.object({ event, is_ext_shared_channel: z.boolean().optional() });

/** Kinds of messages that somebody wrote; the others tell of something that happened. */
export const WRITTEN: ReadonlySet<string | undefined> = new Set([
  undefined,
  "bot_message",
  "file_share",
  "me_message",
  "thread_broadcast",
]);

/** A message out of an envelope of the type `events_api`; null: nothing for ward. */
export function hearEvent(payload: unknown, listener: Listener): HeardMessage | null {
  const read = callback.safeParse(payload);
  if (!read.success) return null;
  const { event: said, is_ext_shared_channel: isShared = false } = read.data;
  const { user, bot_id: botId, channel: chat } = said;
  if (!WRITTEN.has(said.subtype)) return null;
  const senderId = user ?? botId;
  if (senderId === undefined || user === listener.userId || botId === listener.botId) return null;
  const kind = kindOf(chat, said.channel_type, isShared);
  const raw = said.text ?? "";
  // The first message of a thread names itself, once there are answers.
  const thread = said.thread_ts === undefined || said.thread_ts === said.ts ? null : said.thread_ts;
  const shares = readShares(said.attachments ?? []);
  return {
    type: "message",
    chat,
    kind,
    thread: thread ?? (listener.threads && kind !== "direct" ? said.ts : null),
    ts: said.ts,
    sender: {
      id: senderId,
      name: botId === undefined ? null : said.username ?? null,
      isBot: botId !== undefined,
    },
    text: readText(withoutMention(raw, listener.userId)),
    quotes: shares,
    isAddressed: kind === "direct" || said.type === "app_mention" ||
      mentions(raw, listener.userId) || said.parent_user_id === listener.userId,
    files: readFiles(said.files ?? []),
  };
}

/** A message as the history has it, where its channel is known already; null: nothing for ward. */
export function hearAgain(
  message: unknown,
  { chat, kind }: Pick<ChatPlace, "chat" | "kind">,
  listener: Listener,
): HeardMessage | null {
  if (typeof message !== "object") return null;
  const event = { ...message, type: "message", channel: chat, channel_type: CHANNEL_TYPES[kind] };
  return hearEvent({ event }, listener);
}

/** What {@linkcode kindOf} reads the same kind out of. */
const CHANNEL_TYPES = { direct: "im", group: "group", public: "channel" } as const;

const press = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id, username: z.string().optional(), name: z.string().optional() }),
  channel: z.object({ id }),
  container: z.object({ message_ts: ts, thread_ts: ts.optional() }),
  message: z.object({ thread_ts: ts.optional() }).optional(),
  actions: z.array(z.object({
    action_id: z.string().startsWith(ACTION_PREFIX),
    value: z.string().regex(/^[A-Za-z0-9:_-]{1,60}$/),
    action_ts: ts,
  })).min(1),
});

/** A press out of an envelope of the type `interactive`; null: nothing for ward. */
export function hearPress(payload: unknown): HeardPress | null {
  const read = press.safeParse(payload);
  if (!read.success) return null;
  const { user, channel, container, message, actions: [action] } = read.data;
  return {
    type: "press",
    chat: channel.id,
    kind: kindOf(channel.id, undefined, false),
    thread: container.thread_ts ?? message?.thread_ts ?? null,
    messageTs: container.message_ts,
    sender: { id: user.id, name: user.name ?? user.username ?? null, isBot: false },
    data: action!.value,
    at: action!.action_ts,
  };
}

const slash = z.object({
  command: z.literal(SLASH_COMMAND),
  text: z.string().nullish(),
  user_id: id,
  user_name: z.string().optional(),
  channel_id: id,
  trigger_id: z.string().regex(/^[\w.-]{1,200}$/),
});

/** A command out of an envelope of the type `slash_commands`; null: another one of the app's. */
export function hearCommand(payload: unknown): HeardCommand | null {
  const read = slash.safeParse(payload);
  if (!read.success) return null;
  const { text, user_id, user_name, channel_id: chat, trigger_id: triggerId } = read.data;
  // With a sign of its own, too: who knows "!help" writes "/ward !help".
  const line = readText(text ?? "").trim().replace(/^[/!]/, "");
  return {
    type: "command",
    chat,
    kind: kindOf(chat, undefined, false),
    thread: null,
    triggerId,
    sender: { id: user_id, name: user_name ?? null, isBot: false },
    text: `!${line === "" ? "help" : line}`,
  };
}

function kindOf(
  chat: string,
  type: string | undefined,
  isShared: boolean,
): ChatPlace["kind"] | null {
  if (type === "im" || type === "app_home" || chat.startsWith("D")) return "direct";
  // People of other companies are in it, whatever it is here.
  if (isShared) return "public";
  if (type === "mpim" || type === "group") return "group";
  return type === "channel" ? "public" : null;
}

function readFiles(files: readonly unknown[]): ChatFile[] {
  return files.slice(0, MAX_PARTS).flatMap((one) => {
    const read = file.safeParse(one);
    // A tombstone is a file that was deleted; a hidden one is behind the limit of a free plan.
    if (!read.success || ["tombstone", "hidden_by_limit"].includes(read.data.mode ?? "")) return [];
    const { id: ref, name, mimetype, size } = read.data;
    return [{
      ref,
      name: name ?? null,
      mediaType: mimetype || "application/octet-stream",
      bytes: size ?? null,
    }];
  });
}

/** Messages of others that this one hands on. */
function readShares(attachments: readonly unknown[]): ChatQuote[] {
  return attachments.slice(0, MAX_PARTS).flatMap((one) => {
    const read = attachment.safeParse(one);
    if (!read.success || !(read.data.is_share || read.data.is_msg_unfurl)) return [];
    const { author_name, author_id, text, fallback } = read.data;
    return [{
      kind: "forwarded" as const,
      from: author_name ?? author_id ?? "somebody",
      text: readText(text ?? fallback ?? ""),
    }];
  });
}
