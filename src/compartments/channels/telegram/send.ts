/** Messages and files out. Telegram takes no key: what was sent without an answer may be there. */
import { InputFile } from "grammy";
import type { ChatPlace, OutboundPart, SendOutcome } from "../../../model/channels/message.ts";
import type { ChannelApi } from "../api.ts";
import type { BotApi } from "./bot_api.ts";
import { withinLimit } from "./identify.ts";
import { outcomeOf, troubleOf } from "./trouble.ts";
import { sentMessage } from "./updates.ts";

/** Longest time for a file of 50 MB, ms. */
const UPLOAD_MS = 5 * 60_000;

type Sent<M extends "send" | "edit" | "sendFile" | "remove"> = Parameters<ChannelApi[M]>[0];

/** Text of a message with its markup and buttons. */
function bodyOf(part: OutboundPart, isPlain: boolean) {
  const { text, plain, buttons = [] } = part;
  return {
    text: isPlain ? plain : text,
    ...(isPlain ? {} : { parse_mode: "HTML" as const }),
    // Telegram would fetch what a model put into an address.
    link_preview_options: { is_disabled: true },
    ...(buttons.length === 0 ? {} : {
      reply_markup: {
        inline_keyboard: buttons.map((row) =>
          row.map(({ label, data }) => ({ text: label, callback_data: data }))
        ),
      },
    }),
  };
}

function threadOf({ thread }: ChatPlace) {
  return thread === null ? {} : { message_thread_id: Number(thread) };
}

/** Runs a request; one to a group that has become a supergroup is made there. */
async function settled(
  { chat }: ChatPlace,
  request: (chat: number) => Promise<unknown>,
  otherwise?: string,
): Promise<SendOutcome> {
  let to = Number(chat);
  for (let tries = 0;; tries++) {
    try {
      const answer = await request(to);
      const messageId = otherwise ?? String(sentMessage.parse(answer).message_id);
      return { type: "sent", messageId };
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.type !== "moved" || tries > 0) return outcomeOf(trouble);
      to = Number(trouble.chat);
    }
  }
}

/** Sends a message. */
export function send(
  api: BotApi,
  { place, part, isPlain, replyTo }: Sent<"send">,
  signal: AbortSignal,
): Promise<SendOutcome> {
  return settled(place, (chat_id) =>
    api.methods.sendMessage({
      chat_id,
      ...threadOf(place),
      ...bodyOf(part, isPlain),
      ...(replyTo === null ? {} : {
        reply_parameters: { message_id: Number(replyTo), allow_sending_without_reply: true },
      }),
    }, withinLimit(signal)));
}

/** Changes a message. */
export async function edit(
  api: BotApi,
  { place, messageId, part, isPlain }: Sent<"edit">,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const outcome = await settled(place, (chat_id) =>
    api.methods.editMessageText({
      chat_id,
      message_id: Number(messageId),
      ...bodyOf(part, isPlain),
    }, withinLimit(signal)), messageId);
  return says(outcome, "message is not modified") ? { type: "sent", messageId } : outcome;
}

/** Takes a message away; one that is no more is away. */
export async function remove(
  api: BotApi,
  { place, messageId }: Sent<"remove">,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const outcome = await settled(place, (chat_id) =>
    api.methods.deleteMessage(
      { chat_id, message_id: Number(messageId) },
      withinLimit(signal),
    ), messageId);
  return says(outcome, "message to delete not found") ? { type: "sent", messageId } : outcome;
}

/** Sends a file as it is: as a photo it would be made smaller. */
export function sendFile(
  api: BotApi,
  { place, name, bytes, caption }: Sent<"sendFile">,
  signal: AbortSignal,
): Promise<SendOutcome> {
  return settled(place, (chat_id) =>
    api.methods.sendDocument({
      chat_id,
      ...threadOf(place),
      document: new InputFile(bytes, headerName(name)),
      disable_content_type_detection: true,
      ...(caption === "" ? {} : { caption }),
    }, withinLimit(signal, UPLOAD_MS)));
}

/** A name as every parser of heads reads it: in quotes, and without what could end it. */
function headerName(name: string): string {
  // deno-lint-ignore no-control-regex
  return `"${name.replace(/[\u0000-\u001f\u007f";=\\/]/g, "_") || "file"}"`;
}

function says(outcome: SendOutcome, word: string): boolean {
  return outcome.type === "refused" && outcome.word.includes(word);
}
