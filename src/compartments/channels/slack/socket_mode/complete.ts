/** Puts into what was heard what Slack left out of it. */
import type { ButtonPress, InboundMessage } from "../../../../model/channels/message.ts";
import type { Directory } from "../directory.ts";
import type { Heard } from "./hear.ts";

/** As the channel tells it. */
export type Told =
  | { readonly type: "message"; readonly message: InboundMessage }
  | { readonly type: "press"; readonly press: ButtonPress };

/**
 * @param channel Name of the bot.
 * @param nowMs For what Slack gives no time with, ms since the epoch.
 */
export async function complete(
  heard: Heard,
  channel: string,
  directory: Directory,
  nowMs: number,
): Promise<Told> {
  const { id, isBot } = heard.sender;
  const [kind, name] = await Promise.all([
    heard.kind ?? directory.kindOf(heard.chat),
    heard.sender.name ?? directory.nameOf(id),
  ]);
  const place = { channel, chat: heard.chat, thread: heard.thread, kind };
  const sender = { id, name, isBot };
  if (heard.type === "press") {
    const { messageTs: messageId, data, chat, at } = heard;
    const eventId = `press:${chat}:${messageId}:${id}:${at}`;
    return { type: "press", press: { eventId, pressId: id, place, sender, messageId, data } };
  }
  if (heard.type === "command") {
    return {
      type: "message",
      message: {
        // In the payload, and so the same in each delivery: the id of the envelope may be new.
        eventId: `command:${heard.triggerId}`,
        place,
        sender,
        messageId: null,
        text: heard.text,
        isAddressed: true,
        files: [],
        atMs: nowMs,
      },
    };
  }
  const { chat, ts, text, quotes, isAddressed, files } = heard;
  return {
    type: "message",
    message: {
      // A message that mentions the bot comes twice, as two events.
      eventId: `${chat}:${ts}`,
      place,
      sender,
      messageId: ts,
      text,
      ...(quotes.length > 0 ? { quotes } : {}),
      isAddressed,
      files,
      atMs: Math.floor(Number(ts) * 1000),
    },
  };
}
