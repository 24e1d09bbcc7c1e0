/** Methods of the Bot API: which parameters there are, what they refuse, and in which words. */
import * as z from "zod";
import { checkTelegramText, telegramHtml } from "../../chat_rules/telegram.ts";
import { BOT, type FakeChat, Refusal, type ShownMessage, type World } from "./world.ts";

const keyboard = z.strictObject({
  inline_keyboard: z.array(z.array(z.strictObject({
    text: z.string().min(1),
    callback_data: z.string(),
  }))),
});

const text = {
  text: z.string(),
  parse_mode: z.enum(["HTML"]).optional(),
  link_preview_options: z.strictObject({ is_disabled: z.boolean() }).optional(),
  reply_markup: keyboard.optional(),
};
const to = { chat_id: z.int(), message_thread_id: z.int().optional() };
const reply = z.strictObject({
  message_id: z.int(),
  allow_sending_without_reply: z.boolean().optional(),
});

/** Parameters; any other one is a mistake of the caller. */
const PARAMETERS = {
  getMe: z.strictObject({}),
  deleteWebhook: z.strictObject({ drop_pending_updates: z.boolean().optional() }),
  sendMessage: z.strictObject({ ...to, ...text, reply_parameters: reply.optional() }),
  editMessageText: z.strictObject({ chat_id: z.int(), message_id: z.int(), ...text }),
  deleteMessage: z.strictObject({ chat_id: z.int(), message_id: z.int() }),
  sendChatAction: z.strictObject({ ...to, action: z.enum(["typing", "upload_document"]) }),
  answerCallbackQuery: z.strictObject({
    callback_query_id: z.string(),
    text: z.string().max(200).optional(),
  }),
  getFile: z.strictObject({ file_id: z.string() }),
  sendDocument: z.strictObject({
    chat_id: z.coerce.number(),
    message_thread_id: z.coerce.number().optional(),
    document: z.instanceof(File),
    caption: z.string().max(1024).optional(),
    disable_content_type_detection: z.string().optional(),
  }),
  setMyCommands: z.strictObject({
    commands: z.array(z.strictObject({
      command: z.string().regex(/^[a-z0-9_]{1,32}$/),
      description: z.string().min(1).max(256),
    })).max(100),
  }),
};

/** What the bot told the service besides messages. */
export interface Told {
  /** Whether its privacy mode is off. */
  seesAll: boolean;
  commands: readonly { command: string; description: string }[];
  readonly actions: { chat: number; thread: number | null; action: string }[];
}

type Name = keyof typeof PARAMETERS;
type Parameters<M extends Name> = z.infer<(typeof PARAMETERS)[M]>;

/** Whether there is such a method here (`getUpdates` is the server's own). */
export function isMethod(name: string): name is Name {
  return Object.hasOwn(PARAMETERS, name);
}

/** Does what a method does. @throws {Refusal} */
export function runMethod(name: Name, raw: unknown, world: World, told: Told): unknown {
  const parsed = PARAMETERS[name].safeParse(raw);
  if (!parsed.success) {
    throw new Refusal(400, `Bad Request: ${name}: ${z.prettifyError(parsed.error)}`);
  }
  const methods: { [M in Name]: (given: Parameters<M>) => unknown } = {
    getMe: () => ({ ...BOT, can_join_groups: true, can_read_all_group_messages: told.seesAll }),
    // There is none.
    deleteWebhook: () => true,
    sendMessage(given) {
      const chat = writable(world, given);
      const shown = shownText(given);
      const { reply_parameters: answers } = given;
      const isThere = answers !== undefined && chat.messages.has(answers.message_id);
      if (answers && !isThere && !answers.allow_sending_without_reply) {
        throw new Refusal(400, "Bad Request: message to be replied not found");
      }
      return add(chat, given, shown, isThere ? answers.message_id : null, null);
    },
    editMessageText(given) {
      const message = ownMessage(world, given, "edit");
      const { text, source, buttons } = shownText(given);
      const isSame = message.text === text && message.source === source &&
        JSON.stringify(message.buttons) === JSON.stringify(buttons);
      if (isSame) {
        throw new Refusal(
          400,
          "Bad Request: message is not modified: specified new message content and reply markup " +
            "are exactly the same as a current content and reply markup of the message",
        );
      }
      message.edits.push(message.text);
      Object.assign(message, { text, source, buttons });
      return { message_id: message.id };
    },
    deleteMessage(given) {
      const chat = chatOf(world, given.chat_id);
      const message = chat.messages.get(given.message_id);
      if (!message) throw new Refusal(400, "Bad Request: message to delete not found");
      // Of others' messages only those in a direct chat.
      if (message.from !== null && chat.type !== "private") {
        throw new Refusal(400, "Bad Request: message can't be deleted");
      }
      chat.messages.delete(given.message_id);
      return true;
    },
    sendChatAction(given) {
      writable(world, given);
      told.actions.push({
        chat: given.chat_id,
        thread: given.message_thread_id ?? null,
        action: given.action,
      });
      return true;
    },
    answerCallbackQuery({ callback_query_id: id, text = "" }) {
      if (world.presses.get(id) !== null) {
        throw new Refusal(
          400,
          "Bad Request: query is too old and response timeout expired or query ID is invalid",
        );
      }
      world.presses.set(id, text);
      return true;
    },
    getFile({ file_id }) {
      const file = world.files.get(file_id);
      if (!file) throw new Refusal(400, "Bad Request: invalid file_id");
      if (file.bytes.length > 20 * 1024 * 1024) {
        throw new Refusal(400, "Bad Request: file is too big");
      }
      return { file_id, file_path: file.path, file_size: file.bytes.length };
    },
    async sendDocument(given) {
      const chat = writable(world, given);
      const { caption = "", document } = given;
      const shown = { text: caption, source: caption, buttons: [] };
      const bytes = new Uint8Array(await document.arrayBuffer());
      if (bytes.length === 0) throw new Refusal(400, "Bad Request: file must be non-empty");
      return add(chat, given, shown, null, { name: document.name, bytes, type: document.type });
    },
    setMyCommands({ commands }) {
      told.commands = commands;
      return true;
    },
  };
  return (methods[name] as (given: unknown) => unknown)(parsed.data);
}

function chatOf(world: World, id: number): FakeChat {
  const chat = world.chats.get(id);
  if (!chat) throw new Refusal(400, "Bad Request: chat not found");
  return chat;
}

/** The chat, where the bot may write now. */
function writable(
  world: World,
  to: { readonly chat_id: number; readonly message_thread_id?: number | undefined },
): FakeChat {
  const chat = chatOf(world, to.chat_id);
  if (chat.refusal) throw chat.refusal;
  const { message_thread_id: thread } = to;
  if (thread !== undefined && !chat.topics.has(thread)) {
    throw new Refusal(400, "Bad Request: message thread not found");
  }
  return chat;
}

function ownMessage(
  world: World,
  { chat_id, message_id }: { readonly chat_id: number; readonly message_id: number },
  verb: string,
): ShownMessage {
  const chat = chatOf(world, chat_id);
  if (chat.refusal) throw chat.refusal;
  const message = chat.messages.get(message_id);
  if (!message) throw new Refusal(400, `Bad Request: message to ${verb} not found`);
  if (message.from !== null) throw new Refusal(400, `Bad Request: message can't be ${verb}ed`);
  return message;
}

/** What a chat shows of a text, after the checks that the service makes. */
export function shownText(
  given: {
    readonly text: string;
    readonly parse_mode?: "HTML" | undefined;
    readonly reply_markup?: z.infer<typeof keyboard> | undefined;
  },
): Pick<ShownMessage, "text" | "source" | "buttons"> {
  const { text: source, parse_mode, reply_markup } = given;
  let text = source;
  try {
    if (parse_mode === "HTML") text = telegramHtml(source).text;
    else checkTelegramText(source);
  } catch (error) {
    throw new Refusal(400, (error as Error).message);
  }
  const buttons = reply_markup?.inline_keyboard ?? [];
  for (const { callback_data: data } of buttons.flat()) {
    const bytes = new TextEncoder().encode(data).length;
    if (bytes < 1 || bytes > 64) throw new Refusal(400, "Bad Request: BUTTON_DATA_INVALID");
  }
  return { text, source, buttons };
}

function add(
  chat: FakeChat,
  { message_thread_id: thread = null }: { readonly message_thread_id?: number | null | undefined },
  shown: Pick<ShownMessage, "text" | "source" | "buttons">,
  replyTo: number | null,
  file: ShownMessage["file"],
): { message_id: number } {
  const id = chat.nextId++;
  chat.messages.set(id, { id, from: null, thread, replyTo, ...shown, edits: [], file });
  return { message_id: id };
}
