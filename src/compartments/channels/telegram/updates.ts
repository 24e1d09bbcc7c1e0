/**
 * Updates of the Bot API, as far as ward reads them.
 * Source: core.telegram.org/bots/api, "Getting updates", "Available types".
 */
import * as z from "zod";

const user = z.object({
  id: z.int(),
  is_bot: z.boolean(),
  first_name: z.string(),
  last_name: z.string().optional(),
});

const chat = z.object({
  id: z.int(),
  type: z.enum(["private", "group", "supergroup", "channel"]),
  title: z.string().optional(),
  username: z.string().optional(),
});

/** Offsets count UTF-16 units, as strings here do. */
const entity = z.object({
  type: z.string(),
  offset: z.int().nonnegative(),
  length: z.int().nonnegative(),
  user: z.object({ id: z.int() }).optional(),
});

const file = z.object({
  file_id: z.string().min(1),
  file_size: z.number().optional(),
  mime_type: z.string().optional(),
  file_name: z.string().optional(),
});

const origin = z.object({
  sender_user: user.optional(),
  sender_user_name: z.string().optional(),
  sender_chat: chat.optional(),
  chat: chat.optional(),
});

const topic = { message_thread_id: z.int().optional(), is_topic_message: z.boolean().optional() };

const message = z.object({
  message_id: z.int(),
  ...topic,
  date: z.int(),
  chat,
  from: user.optional(),
  sender_chat: chat.optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(entity).optional(),
  caption_entities: z.array(entity).optional(),
  photo: z.array(file).optional(),
  voice: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  animation: file.optional(),
  document: file.optional(),
  media_group_id: z.string().optional(),
  forward_origin: origin.optional(),
  via_bot: user.optional(),
  quote: z.object({ text: z.string() }).optional(),
  migrate_to_chat_id: z.int().optional(),
  migrate_from_chat_id: z.int().optional(),
  reply_to_message: z.object({
    from: user.optional(),
    sender_chat: chat.optional(),
    text: z.string().optional(),
    caption: z.string().optional(),
    forward_origin: z.unknown().optional(),
    via_bot: z.unknown().optional(),
    forum_topic_created: z.unknown().optional(),
  }).optional(),
});

const press = z.object({
  id: z.string().min(1),
  from: user,
  // Where it is too old, that is all that is left of the message.
  message: z.object({ message_id: z.int(), ...topic, chat }).optional(),
  data: z.string().optional(),
});

/** One update; parts of another form are left out, so that a strange one holds up nothing. */
export const update = z.object({
  update_id: z.int().nonnegative(),
  message: message.optional().catch(undefined),
  callback_query: press.optional().catch(undefined),
});

/** What `getMe` says. */
export const botUser = z.object({
  id: z.int(),
  is_bot: z.literal(true),
  first_name: z.string(),
  username: z.string(),
  can_read_all_group_messages: z.boolean().optional(),
});

/** What `getFile` says. */
export const filePlace = z.object({ file_path: z.string().optional() });

/** A message that was sent or changed. */
export const sentMessage = z.object({ message_id: z.int() });

export type Update = z.infer<typeof update>;
export type TelegramMessage = z.infer<typeof message>;
export type TelegramChat = z.infer<typeof chat>;
export type TelegramEntity = z.infer<typeof entity>;
export type TelegramFile = z.infer<typeof file>;
export type TelegramUser = z.infer<typeof user>;
