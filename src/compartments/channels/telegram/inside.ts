/** Inside a `channel:<name>` thread of a Telegram bot: what the kernel may ask of it. */
import { AppError } from "../../../base/app_error.ts";
import type { ChannelApi, ChannelSetup } from "../api.ts";
import { type ThreadTime, threadTime } from "../thread_time.ts";
import { type CallContext, type Channel, serve } from "../../wire.ts";
import { BotApi } from "./bot_api.ts";
import { readFile } from "./files.ts";
import { whoAmI, withinLimit } from "./identify.ts";
import { receive, StoredMark } from "./receive.ts";
import { edit, remove, send, sendFile } from "./send.ts";
import { failureOf, troubleOf } from "./trouble.ts";

type Params<M extends keyof ChannelApi> = Parameters<ChannelApi[M]>[0];

/** Serves {@linkcode ChannelApi}. */
export function start(channel: Channel, time: ThreadTime = threadTime): void {
  let bot: { readonly api: BotApi; readonly name: string } | null = null;
  let stored = new StoredMark();
  const open = () => {
    if (bot) return bot;
    throw new AppError("channel.not_configured", "The thread was not told which bot it speaks as");
  };
  /** Runs a request whose answer is wanted. */
  const asked = async <T>(run: (api: BotApi) => Promise<T>): Promise<T> => {
    const { api } = open();
    try {
      return await run(api);
    } catch (error) {
      throw error instanceof AppError ? error : failureOf(troubleOf(error), api.host);
    }
  };

  serve(channel, {
    configure({ name, token, apiUrl }: ChannelSetup) {
      bot?.api.close();
      bot = { api: new BotApi({ token, apiUrl }), name };
    },
    identify: (_: null, { signal }: CallContext) =>
      asked(async (api) => (await whoAmI(api, signal)).identity),
    async receive({ cursor }: Params<"receive">, { signal, emit }: CallContext) {
      const { api, name } = open();
      stored = new StoredMark();
      await receive(cursor, { api, channel: name, time, stored, emit }, signal);
    },
    stored: ({ seq }: Params<"stored">) => stored.reach(seq),
    send: (sent: Params<"send">, { signal }: CallContext) => send(open().api, sent, signal),
    edit: (edited: Params<"edit">, { signal }: CallContext) => edit(open().api, edited, signal),
    remove: (which: Params<"remove">, { signal }: CallContext) => remove(open().api, which, signal),
    find: () => ({ type: "unknown" }),
    async typing({ chat, thread }: Params<"typing">, { signal }: CallContext) {
      await open().api.methods.sendChatAction({
        chat_id: Number(chat),
        action: "typing",
        ...(thread === null ? {} : { message_thread_id: Number(thread) }),
      }, withinLimit(signal)).catch(() => {});
    },
    async answerPress({ pressId, text }: Params<"answerPress">, { signal }: CallContext) {
      // One that is too old can be answered no more, and nobody waits for it.
      await open().api.methods.answerCallbackQuery(
        { callback_query_id: pressId, text: text.slice(0, 200) },
        withinLimit(signal),
      ).catch(() => {});
    },
    readFile: (which: Params<"readFile">, { signal }: CallContext) =>
      asked((api) => readFile(api, which, signal)),
    sendFile: (sent: Params<"sendFile">, { signal }: CallContext) =>
      sendFile(open().api, sent, signal),
    setCommands: (list: Params<"setCommands">, { signal }: CallContext) =>
      asked(async (api) => {
        const commands = list.map(({ name, description }) => ({
          command: name,
          description: description.slice(0, 256),
        }));
        await api.methods.setMyCommands({ commands }, withinLimit(signal));
      }),
    history() {
      throw new AppError("channel.no_history", "Telegram shows bots no older messages", {
        hint: "Forward what it is about, or answer to it",
      });
    },
  });
}
