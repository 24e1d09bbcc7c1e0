/** How a model names a chat, and what it means to reach another than the one in hand. */
import { UsageError } from "../../../base/app_error.ts";
import type { NetAccess } from "../../../model/cells/permission.ts";
import type { ChatPlace } from "../../../model/channels/message.ts";
import type { ChatBot, ChatPort } from "./chat_port.ts";

/** For the descriptions of tools. */
export const CHAT_FORM = "bot/chat or bot/chat/thread, ids as the service has them";

/** A chat that a tool was told. */
export interface NamedChat {
  readonly bot: ChatBot;
  readonly place: ChatPlace;
  /** Whether it is the one that the session is in. */
  readonly isHere: boolean;
  /** For people. */
  readonly shown: string;
}

/**
 * Finds it.
 *
 * @param name Undefined: the chat that the session is in.
 * @throws {UsageError} `channel.chat_unknown`.
 */
export function findChat({ here, bots }: ChatPort, name: string | undefined): NamedChat {
  const all = bots();
  const refuse = (why: string): never => {
    throw new UsageError("channel.chat_unknown", `Cannot tell which chat is meant: ${why}`, {
      hint: `Give ${CHAT_FORM}. Bots: ${all.map((bot) => bot.name).join(", ") || "none"}`,
    });
  };
  if (name === undefined) {
    if (here === null) return refuse("this session is in no chat");
    const bot = all.find((one) => one.name === here.channel);
    return bot ? named(bot, here, true) : refuse(`there is no bot "${here.channel}" any more`);
  }
  const [, channel, chat, thread = null] =
    /^([a-z0-9_]{1,32})\/([^/\s]{1,128})(?:\/([^/\s]{1,128}))?$/.exec(name) ?? [];
  if (channel === undefined || chat === undefined) return refuse(`${JSON.stringify(name)} is none`);
  const bot = all.find((one) => one.name === channel);
  if (!bot) return refuse(`there is no bot "${channel}"`);
  const isHere = here?.channel === channel && here.chat === chat && here.thread === thread;
  return isHere
    ? named(bot, here, true)
    : named(bot, { channel, chat, thread, kind: "group" }, false);
}

function named(bot: ChatBot, place: ChatPlace, isHere: boolean): NamedChat {
  const { channel, chat, thread } = place;
  const shown = isHere
    ? "this chat"
    : [channel, chat, ...thread === null ? [] : [thread]].join("/");
  return { bot, place, isHere, shown };
}

/**
 * What policy decides on: nothing for the chat in hand, where the answers go, too. Another one is
 * asked about, with all that would be sent, because its readers are others.
 */
export function chatAccesses(
  { bot, place, isHere, shown }: NamedChat,
  does: { readonly method: "GET" | "POST"; readonly detail: string },
): NetAccess[] {
  if (isHere) return [];
  return [{
    permission: "net",
    compartment: `channel:${bot.name}`,
    host: new URL(bot.apiUrl).host,
    url: bot.apiUrl,
    method: does.method,
    sends: does.method === "POST",
    // A grant of one chat is none of another of the same bot.
    profile: [bot.name, place.chat, ...place.thread === null ? [] : [place.thread]].join("/"),
    detail: `${shown}: ${does.detail}`,
  }];
}
