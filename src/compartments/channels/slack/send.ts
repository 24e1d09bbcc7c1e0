/**
 * What goes out: messages, changes of them, and how Slack's answer is to be understood. A message
 * carries its key as metadata, which nobody sees and the history tells, so that one whose answer
 * was lost can be found again. Source: docs.slack.dev, "chat.postMessage", "chat.update",
 * "Message metadata".
 */
import * as z from "zod";
import type { ChatPlace, OutboundPart, SendOutcome } from "../../../model/channels/message.ts";
import type { SlackReply } from "../../slack_request.ts";
import { isTokenWord, type SlackLine } from "./line.ts";
import { ACTION_PREFIX } from "./socket_mode/hear.ts";
import { escapeText } from "./text.ts";

/** Name of ward's metadata. */
export const METADATA_TYPE = "ward_message";

/** Characters of one section, above buttons. */
const SECTION_CHARS = 3_000;

/** Words for what is no more, or where the bot may not write. */
const GONE_WORDS = new Set([
  "cannot_reply_to_message",
  "cant_delete_message",
  "cant_update_message",
  "channel_not_found",
  "edit_window_closed",
  "is_archived",
  "is_inactive",
  "message_not_found",
  "messages_tab_disabled",
  "not_in_channel",
  "restricted_action",
  "restricted_action_non_threadable_channel",
  "restricted_action_read_only_channel",
  "restricted_action_thread_locked",
  "restricted_action_thread_only_channel",
  "thread_not_found",
  "user_disabled",
  "user_not_found",
]);

/** Words for a text or blocks that it can't take. */
const FORMAT_WORDS = new Set([
  "block_mismatch",
  "blocks_too_long",
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_blocks_too_long",
  "msg_too_long",
  "no_text",
]);

/** Words after which something may have been done all the same. */
const UNSURE_WORDS = new Set(["fatal_error", "internal_error", "service_unavailable"]);

/** Sends. */
export async function sendPart(
  line: SlackLine,
  { place, part, isPlain, key }: {
    readonly place: ChatPlace;
    readonly part: OutboundPart;
    readonly isPlain: boolean;
    readonly key: string;
  },
  signal: AbortSignal,
): Promise<SendOutcome> {
  const reply = await line.call("chat.postMessage", {
    channel: place.chat,
    ...(place.thread === null ? {} : { thread_ts: place.thread }),
    ...bodyOf(part, isPlain),
    // Slack would fetch each address of the text, and tell whoever it belongs to.
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: METADATA_TYPE, event_payload: { key } },
  }, signal);
  return outcomeOf(reply, posted);
}

/** Changes a message. */
export async function editPart(
  line: SlackLine,
  { place, messageId, part, isPlain }: {
    readonly place: ChatPlace;
    readonly messageId: string;
    readonly part: OutboundPart;
    readonly isPlain: boolean;
  },
  signal: AbortSignal,
): Promise<SendOutcome> {
  const body = bodyOf(part, isPlain);
  const reply = await line.call("chat.update", {
    channel: place.chat,
    ts: messageId,
    ...body,
    // Left out they would stay where they are, with buttons that are of no use any more.
    blocks: "blocks" in body ? body.blocks : [],
  }, signal);
  return outcomeOf(reply, () => messageId);
}

/** Takes a message away. */
export async function removeMessage(
  line: SlackLine,
  { place, messageId }: { readonly place: ChatPlace; readonly messageId: string },
  signal: AbortSignal,
): Promise<SendOutcome> {
  const reply = await line.call("chat.delete", { channel: place.chat, ts: messageId }, signal);
  return outcomeOf(reply, () => messageId);
}

const postedBody = z.object({ ts: z.string() });

function posted(body: unknown): string | null {
  const read = postedBody.safeParse(body);
  return read.success ? read.data.ts : null;
}

/**
 * How a request that does something ended.
 *
 * @param idOf Id of the message out of an answer; null: it is of no known form.
 */
export function outcomeOf(reply: SlackReply, idOf: (body: unknown) => string | null): SendOutcome {
  switch (reply.type) {
    case "limited":
      return { type: "limited", afterMs: reply.afterS * 1000 };
    case "failed":
      return { type: "failed", isUnsure: reply.isSent, why: reply.why };
    case "malformed":
      return { type: "failed", isUnsure: true, why: "an answer of no known form" };
    case "refused":
      return refusalOf(reply);
    case "answered": {
      const messageId = idOf(reply.body);
      return messageId === null
        ? { type: "failed", isUnsure: true, why: "an answer of no known form" }
        : { type: "sent", messageId };
    }
  }
}

function refusalOf({ word, needed }: Extract<SlackReply, { type: "refused" }>): SendOutcome {
  if (word === "ratelimited" || word === "rate_limited") return { type: "limited", afterMs: 1_000 };
  if (UNSURE_WORDS.has(word)) return { type: "failed", isUnsure: true, why: word };
  const cause = isTokenWord(word)
    ? "token"
    : GONE_WORDS.has(word)
    ? "gone"
    : FORMAT_WORDS.has(word)
    ? "format"
    : "other";
  return { type: "refused", cause, word: needed === null ? word : `${word}: ${needed}` };
}

/** Text and blocks of a part. Blocks are shown in place of the text, which then is for notifications. */
function bodyOf(part: OutboundPart, isPlain: boolean) {
  const text = isPlain ? escapeText(part.plain) : part.text;
  const plain = { text, mrkdwn: !isPlain, parse: "none", link_names: false };
  const rows = part.buttons ?? [];
  if (rows.length === 0) return plain;
  const sections = sectionTexts(text).map((piece) => ({
    type: "section",
    text: isPlain
      ? { type: "plain_text", text: piece, emoji: false }
      : { type: "mrkdwn", text: piece, verbatim: true },
  }));
  const actions = rows.map((row, number) => ({
    type: "actions",
    elements: row.map(({ label, data }, place) => ({
      type: "button",
      action_id: `${ACTION_PREFIX}${number}:${place}`,
      text: { type: "plain_text", text: label, emoji: false },
      value: data,
    })),
  }));
  return { ...plain, blocks: [...sections, ...actions] };
}

/** A text in pieces that fit into sections, cut at line ends; a fence that is open is closed. */
export function sectionTexts(text: string): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > SECTION_CHARS) {
    // Room for a fence at its end.
    const room = rest.slice(0, SECTION_CHARS - 4);
    const line = room.lastIndexOf("\n");
    const cut = (line > SECTION_CHARS / 2 ? room.slice(0, line) : room).toWellFormed()
      .replace(/\uFFFD$/, "");
    const isOpen = cut.split("```").length % 2 === 0;
    pieces.push(isOpen ? `${cut}\n\`\`\`` : cut);
    rest = (isOpen ? "```\n" : "") + rest.slice(cut.length).replace(/^\n/, "");
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest);
  return pieces;
}
