/**
 * What goes out. A message has a number of its own for Discord, made from its key, by which one that
 * is sent again within some minutes is done once.
 * Source: Discord's documentation, "Create Message", "JSON error codes".
 */
import * as z from "zod";
import type {
  ChatButton,
  ChatPlace,
  EditRequest,
  OutboundPart,
  SendOutcome,
  SendRequest,
} from "../../../model/channels/message.ts";
import { snowflake } from "./payloads.ts";
import type { RestAnswer, RestClient } from "./rest/rest_client.ts";

/** No preview of an address: Discord would fetch it, with whatever a model wrote into it. */
const SUPPRESS_EMBEDS = 1 << 2;

/** Nobody is called by what a model writes. */
const NOBODY = { parse: [], replied_user: false };

/** Minutes without a message after which Discord folds a thread away. */
const THREAD_MINUTES = 1440;

/** Codes of Discord's for what is no more, or was never open to the bot, with its words for them. */
const GONE: Readonly<Record<number, string>> = {
  10003: "Unknown Channel",
  10004: "Unknown Guild",
  10008: "Unknown Message",
  40067: "A thread was already created for this message",
  50001: "Missing Access",
  50005: "Cannot edit a message authored by another user",
  50007: "Cannot send messages to this user",
  50008: "Cannot send messages in a non-text channel",
  50013: "Missing Permissions",
  50278: "Cannot send messages to this user due to having no mutual guilds",
  160005: "Thread is locked",
};

/** A form that Discord takes for wrong. */
const INVALID_FORM = 50035;

const UNKNOWN_CHANNEL = 10003;
const UNKNOWN_MESSAGE = 10008;

const made = z.object({ id: snowflake });

/** Sends as one bot. */
export interface Sender {
  send(sent: SendRequest): Promise<SendOutcome>;
  edit(edited: EditRequest): Promise<SendOutcome>;
  remove(which: { readonly place: ChatPlace; readonly messageId: string }): Promise<SendOutcome>;
  typing(place: ChatPlace): Promise<void>;
  sendFile(sent: {
    readonly place: ChatPlace;
    readonly name: string;
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly caption: string;
    readonly key: string;
  }): Promise<SendOutcome>;
}

/** Sends as one bot. */
export function createSender(rest: RestClient): Sender {
  /** Into a thread; one that nobody opened yet is opened below the message with its id. */
  async function post(
    { chat, thread }: ChatPlace,
    title: string,
    body: () => object | FormData,
  ): Promise<SendOutcome> {
    const channel = checked(thread ?? chat);
    const send = () =>
      rest.ask({ method: "POST", path: `channels/${channel}/messages`, channel, body: body() });
    const answer = await send();
    if (thread === null || answer.type !== "refused" || answer.code !== UNKNOWN_CHANNEL) {
      return outcomeOf(answer);
    }
    const opened = await rest.ask({
      method: "POST",
      path: `channels/${checked(chat)}/messages/${thread}/threads`,
      channel: chat,
      body: { name: title, auto_archive_duration: THREAD_MINUTES },
    });
    return opened.type === "ok" ? outcomeOf(await send()) : outcomeOf(opened);
  }

  return {
    send: async ({ place, part, isPlain, key, replyTo }) => {
      const nonce = await nonceOf(key);
      return await post(place, titleOf(part.plain), () => ({
        ...contentOf(part, isPlain),
        nonce,
        enforce_nonce: true,
        // One that is gone, or that the thread hangs from, is answered without pointing at it.
        ...(replyTo !== null
          ? { message_reference: { message_id: checked(replyTo), fail_if_not_exists: false } }
          : {}),
      }));
    },
    async edit({ place, messageId, part, isPlain }) {
      const channel = checked(place.thread ?? place.chat);
      const path = `channels/${channel}/messages/${checked(messageId)}`;
      const body = contentOf(part, isPlain);
      return outcomeOf(await rest.ask({ method: "PATCH", path, channel, body }));
    },
    async remove({ place, messageId }) {
      const channel = checked(place.thread ?? place.chat);
      const path = `channels/${channel}/messages/${checked(messageId)}`;
      const answer = await rest.ask({ method: "DELETE", path, channel });
      const isGone = answer.type === "ok" ||
        (answer.type === "refused" && answer.code === UNKNOWN_MESSAGE);
      return isGone ? { type: "sent", messageId } : outcomeOf(answer);
    },
    async typing({ thread, chat }) {
      const type = (channel: string) =>
        rest.ask({ method: "POST", path: `channels/${checked(channel)}/typing`, channel });
      const answer = await type(thread ?? chat);
      const isUnopened = answer.type === "refused" && answer.code === UNKNOWN_CHANNEL;
      if (thread !== null && isUnopened) await type(chat);
    },
    sendFile: async ({ place, name, mediaType, bytes, caption, key }) => {
      const nonce = await nonceOf(key);
      return await post(place, titleOf(caption || name), () => {
        const form = new FormData();
        const said = {
          content: caption,
          nonce,
          enforce_nonce: true,
          allowed_mentions: NOBODY,
          flags: SUPPRESS_EMBEDS,
          attachments: [{ id: 0, filename: name }],
        };
        form.append("payload_json", JSON.stringify(said));
        form.append("files[0]", new Blob([new Uint8Array(bytes)], { type: mediaType }), name);
        return form;
      });
    },
  };
}

/** What Discord knows a message of ours by: at most 25 characters. */
export async function nonceOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Array.from(
    new Uint8Array(digest, 0, 12),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** How a request that acts ended. */
export function outcomeOf(answer: RestAnswer): SendOutcome {
  if (answer.type === "limited" || answer.type === "failed") return answer;
  if (answer.type === "ok") {
    const message = made.safeParse(answer.body);
    return message.success
      ? { type: "sent", messageId: message.data.id }
      : { type: "failed", isUnsure: true, why: "Discord's answer is of no known form" };
  }
  const { status, code } = answer;
  if (status === 401) return { type: "refused", cause: "token", word: "401: Unauthorized" };
  const known = GONE[code];
  const word = known ? `${code}: ${known}` : `HTTP ${status}, code ${code}`;
  const cause = known ? "gone" : code === INVALID_FORM ? "format" : "other";
  return { type: "refused", cause, word };
}

function contentOf({ text, plain, buttons = [] }: OutboundPart, isPlain: boolean) {
  return {
    content: isPlain ? plain : text,
    allowed_mentions: NOBODY,
    flags: SUPPRESS_EMBEDS,
    components: buttons.map((row) => ({ type: 1, components: row.map(buttonOf) })),
  };
}

function buttonOf({ label, data }: ChatButton) {
  return { type: 2, style: 2, label, custom_id: data };
}

/** Of a thread, as people see it in the list of them. */
function titleOf(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return line.slice(0, 60).toWellFormed().trim() || "ward";
}

/** An id goes into a path: nothing else may. */
export function checked(id: string): string {
  return snowflake.parse(id);
}
