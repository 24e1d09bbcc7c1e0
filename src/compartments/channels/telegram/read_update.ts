/** What an update says for ward: a message, a press of a button, or nothing. Pure. */
import type { BotIdentity } from "../../../model/channels/channel.ts";
import type {
  ButtonPress,
  ChatFile,
  ChatPlace,
  ChatQuote,
  ChatSender,
  InboundMessage,
} from "../../../model/channels/message.ts";
import { readWords } from "./read_words.ts";
import type {
  TelegramChat,
  TelegramFile,
  TelegramMessage,
  TelegramUser,
  Update,
} from "./updates.ts";

/** Whose updates these are. */
export interface Reader {
  /** Name of the bot, as configured. */
  readonly channel: string;
  readonly me: BotIdentity;
  /** Whether groups' messages come that are not meant for it: its privacy mode is off. */
  readonly seesAll: boolean;
}

/** What an update comes to. */
export type ReadUpdate =
  | { readonly type: "message"; readonly message: InboundMessage }
  | { readonly type: "press"; readonly press: ButtonPress }
  | { readonly type: "moved"; readonly from: string; readonly to: string }
  | { readonly type: "skip" };

const SKIP: ReadUpdate = { type: "skip" };

/** Reads one. */
export function readUpdate({ message, callback_query: pressed }: Update, by: Reader): ReadUpdate {
  if (message) return readMessage(message, by);
  if (!pressed?.message || pressed.data === undefined) return SKIP;
  return {
    type: "press",
    press: {
      eventId: `press:${pressed.id}`,
      pressId: pressed.id,
      place: placeOf(pressed.message, by),
      sender: senderOf(pressed.from),
      messageId: String(pressed.message.message_id),
      data: pressed.data,
    },
  };
}

function readMessage(said: TelegramMessage, by: Reader): ReadUpdate {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from } = said;
  // Both are told, in either order.
  if (to !== undefined) return { type: "moved", from: String(said.chat.id), to: String(to) };
  if (from !== undefined) return { type: "moved", from: String(from), to: String(said.chat.id) };
  const place = placeOf(said, by);
  // In the name of a group or a channel: it is not known who that was.
  const sender = said.sender_chat
    ? { id: String(said.sender_chat.id), name: said.sender_chat.title ?? "", isBot: false }
    : said.from && senderOf(said.from);
  if (!sender) return SKIP;
  const words = readWords(
    said.text ?? said.caption ?? "",
    (said.text === undefined ? said.caption_entities : said.entities) ?? [],
    by,
  );
  if (words.isForOther) return SKIP;
  const files = filesOf(said);
  const isForwarded = said.forward_origin !== undefined || said.via_bot !== undefined;
  const quotes = [...(isForwarded ? forwarded(said, words.text) : []), ...answered(said, by.me)];
  const text = isForwarded ? "" : words.text;
  if (text === "" && files.length === 0 && quotes.length === 0) return SKIP;
  return {
    type: "message",
    message: {
      // Numbers of updates start anew after a quiet week; those of messages in a chat never do.
      eventId: `${place.chat}:${said.message_id}`,
      place,
      sender,
      messageId: String(said.message_id),
      text,
      ...(quotes.length > 0 ? { quotes } : {}),
      isAddressed: place.kind === "direct" || (words.isAddressed && !isForwarded) ||
        isAnswerTo(said, by.me),
      files,
      atMs: said.date * 1000,
    },
  };
}

function placeOf(
  at: {
    readonly chat: TelegramChat;
    readonly message_thread_id?: number | undefined;
    readonly is_topic_message?: boolean | undefined;
  },
  { channel }: Reader,
): ChatPlace {
  const { id, type, username } = at.chat;
  return {
    channel,
    chat: String(id),
    // Answers have a thread id, too, where there are no topics; nothing can be sent into those.
    thread: at.is_topic_message && at.message_thread_id !== undefined
      ? String(at.message_thread_id)
      : null,
    kind: type === "private" ? "direct" : username === undefined ? "group" : "public",
  };
}

function senderOf({ id, first_name, last_name, is_bot }: TelegramUser): ChatSender {
  const name = last_name === undefined ? first_name : `${first_name} ${last_name}`;
  return { id: String(id), name, isBot: is_bot };
}

function forwarded(said: TelegramMessage, text: string): ChatQuote[] {
  const { sender_user: user, sender_user_name: name, sender_chat, chat } = said.forward_origin ??
    {};
  const by = user ?? said.via_bot;
  const from = name ?? sender_chat?.title ?? chat?.title ?? (by ? senderOf(by).name : "");
  return text === "" ? [] : [{ kind: "forwarded", from, text }];
}

/** What it answers, where that is of somebody else than the bot and the sender themselves. */
function answered(
  { reply_to_message: to, quote, from: sender }: TelegramMessage,
  me: BotIdentity,
): ChatQuote[] {
  const text = quote?.text ?? to?.text ?? to?.caption;
  if (!text) return [];
  const isOwn = to?.from !== undefined && to.sender_chat === undefined &&
    to.forward_origin === undefined && to.via_bot === undefined &&
    [me.id, String(sender?.id)].includes(String(to.from.id));
  if (isOwn) return [];
  const from = to?.sender_chat?.title ?? (to?.from ? senderOf(to.from).name : "");
  return [{ kind: "answered", from, text }];
}

/** In a topic, each message answers the one that made the topic. */
function isAnswerTo({ reply_to_message: to }: TelegramMessage, me: BotIdentity): boolean {
  return to?.from !== undefined && String(to.from.id) === me.id &&
    to.forum_topic_created === undefined;
}

/** Kinds of files with the type that they are of where the service says none. */
const KINDS = {
  voice: "audio/ogg",
  audio: "audio/mpeg",
  video: "video/mp4",
  video_note: "video/mp4",
  animation: "video/mp4",
  document: "application/octet-stream",
} as const;

function filesOf(said: TelegramMessage): ChatFile[] {
  const files: ChatFile[] = [];
  // The same picture in several sizes, the last of which is the largest.
  const photo = said.photo?.at(-1);
  if (photo) files.push(fileOf(photo, "image/jpeg"));
  for (const [kind, type] of Object.entries(KINDS)) {
    const file = said[kind as keyof typeof KINDS];
    // An animation stands there as a document once more.
    if (file && !(kind === "document" && said.animation)) files.push(fileOf(file, type));
  }
  return files;
}

const MEDIA_TYPE = /^[a-z]{1,20}\/[a-z0-9][a-z0-9.+-]{0,80}$/i;

function fileOf(
  { file_id, file_name, file_size, mime_type }: TelegramFile,
  type: string,
): ChatFile {
  return {
    ref: file_id,
    name: file_name ?? null,
    mediaType: mime_type && MEDIA_TYPE.test(mime_type) ? mime_type.toLowerCase() : type,
    bytes: file_size ?? null,
  };
}
