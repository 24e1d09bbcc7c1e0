/** What came in, in ward's words. */
import type { BotIdentity } from "../../../model/channels/channel.ts";
import type {
  ButtonPress,
  ChatPlace,
  ChatQuote,
  ChatSender,
  InboundMessage,
} from "../../../model/channels/message.ts";
import type { HistoryMessage } from "../api.ts";
import type { DiscordInteraction, DiscordMessage, DiscordUser } from "./payloads.ts";
import { filesOf, timeOf } from "./payloads.ts";
import type { Known } from "./places.ts";

/** Types of messages that somebody wrote: a plain one and an answer to another. */
const WRITTEN: ReadonlySet<number> = new Set([0, 19]);

/** Types of interactions. */
const COMMAND = 2;
const COMPONENT = 3;

/** Option of each slash command, with what follows it. */
export const COMMAND_OPTION = "text";

/** Whether the bot's own, or a notice that nobody wrote. */
export function isNobodys({ author, type }: DiscordMessage, me: BotIdentity): boolean {
  return author.id === me.id || !WRITTEN.has(type);
}

/**
 * A message that somebody wrote.
 *
 * @param threads Whether it begins a thread, where it can.
 * @returns null when there is nothing in it.
 */
export function readMessage(
  message: DiscordMessage,
  { place, botRole, isOwnThread, takesThreads }: Known,
  me: BotIdentity,
  threads: boolean,
): InboundMessage | null {
  const isAddressed = place.kind === "direct" || isOwnThread ||
    message.mentions.some(({ id }) => id === me.id) ||
    message.referenced_message?.author.id === me.id ||
    (botRole !== null && message.mention_roles.includes(botRole));
  const text = withoutMention(message.content, [me.id, botRole]);
  const quotes = quotesOf(message, me);
  const files = filesOf(message);
  if (text === "" && files.length === 0 && quotes.length === 0) return null;
  return {
    eventId: message.id,
    // A thread has the id of the message that it hangs from.
    place: threads && takesThreads ? { ...place, thread: message.id } : place,
    sender: message.webhook_id === undefined
      ? senderOf(message.author)
      : { id: message.webhook_id, name: message.author.username, isBot: true },
    messageId: message.id,
    text,
    ...(quotes.length > 0 ? { quotes } : {}),
    isAddressed,
    files: files.map(({ id, filename, size, content_type }) => ({
      // Addresses of files end after a day; by these a new one is asked for.
      ref: `${message.channel_id}/${message.id}/${id}`,
      name: filename,
      mediaType: content_type ?? "application/octet-stream",
      bytes: size,
    })),
    atMs: timeOf(message.id),
  };
}

/** A message of the past. */
export function readHistoryMessage(message: DiscordMessage): HistoryMessage {
  return {
    messageId: message.id,
    sender: senderOf(message.author),
    text: message.content,
    atMs: timeOf(message.id),
  };
}

/** A slash command, as the message that it stands for; null: it is something else. */
export function readCommand(
  { id, type, data, member, user }: DiscordInteraction,
  place: ChatPlace,
): InboundMessage | null {
  const who = member?.user ?? user;
  if (type !== COMMAND || !data?.name || !who) return null;
  const value = data.options.find(({ name }) => name === COMMAND_OPTION)?.value;
  return {
    eventId: id,
    place,
    sender: senderOf(who),
    messageId: null,
    text: typeof value === "string" && value.trim() !== ""
      ? `/${data.name} ${value.trim()}`
      : `/${data.name}`,
    isAddressed: true,
    files: [],
    atMs: timeOf(id),
  };
}

/** A pressed button; null: it is something else. */
export function readPress(
  { id, type, data, member, user, message }: DiscordInteraction,
  place: ChatPlace,
): ButtonPress | null {
  const who = member?.user ?? user;
  if (type !== COMPONENT || !data?.custom_id || !message || !who) return null;
  return {
    eventId: id,
    pressId: id,
    place,
    sender: senderOf(who),
    messageId: message.id,
    data: data.custom_id,
  };
}

/** What others wrote: the message that it answers, and those that it hands on. */
function quotesOf(
  { author, referenced_message, message_snapshots }: DiscordMessage,
  me: BotIdentity,
): ChatQuote[] {
  return [
    ...(referenced_message && ![me.id, author.id].includes(referenced_message.author.id)
      ? [{
        kind: "answered" as const,
        from: senderOf(referenced_message.author).name,
        text: referenced_message.content,
      }]
      : []),
    // Discord does not say whose they are.
    ...message_snapshots.map(({ message: { content } }) => ({
      kind: "forwarded" as const,
      from: "somebody",
      text: content,
    })),
  ].filter(({ text }) => text !== "");
}

function senderOf({ id, username, global_name, bot }: DiscordUser): ChatSender {
  return { id, name: global_name ?? username, isBot: bot === true };
}

function withoutMention(text: string, ids: readonly (string | null)[]): string {
  const [mention = "", id] = /^\s{0,9}<@[!&]?(\d{1,20})>/.exec(text) ?? [];
  return (id !== undefined && ids.includes(id) ? text.slice(mention.length) : text).trim();
}
