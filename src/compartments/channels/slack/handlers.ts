/** What a Slack bot's thread does when it is asked; see {@linkcode ChannelApi}. */
import { AppError } from "../../../base/app_error.ts";
import type { CallContext, Handlers } from "../../wire.ts";
import type { ChannelApi, ChannelSetup } from "../api.ts";
import type { ThreadTime } from "../thread_time.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { readFile, sendFile } from "./files.ts";
import { findMessage, readHistory } from "./history.ts";
import { checkApp, identify } from "./identify.ts";
import { type SlackLine, slackLine } from "./line.ts";
import { editPart, removeMessage, sendPart } from "./send.ts";
import { Receiver } from "./socket_mode/receiver.ts";
import type { OpenSocket } from "./socket_mode/web_socket.ts";
import { escapeText } from "./text.ts";

type Params<M extends keyof ChannelApi> = Parameters<ChannelApi[M]>[0];

/** Chats without a sign for typing that are remembered. */
const MAX_SILENT = 1_000;

interface Bot {
  readonly line: SlackLine;
  readonly directory: Directory;
  /** Where Slack takes no status. */
  readonly silent: Set<string>;
}

/** The methods of the thread. */
export function slackHandlers(
  { time, open }: { readonly time: ThreadTime; readonly open: OpenSocket },
): Handlers & Record<keyof ChannelApi, unknown> {
  let bot: Bot | null = null;
  let receiver: Receiver | null = null;
  const configured = (): Bot => {
    if (bot === null) throw new AppError("channel.not_configured", "The channel has no bot yet");
    return bot;
  };
  return {
    configure(setup: ChannelSetup) {
      const line = slackLine(setup);
      bot = { line, directory: createDirectory(line, time), silent: new Set() };
    },
    async identify(_: null, { signal }: CallContext) {
      const { line } = configured();
      const { id, username, name, team } = await identify(line, signal);
      await checkApp(line, signal);
      return { id, username, name, team };
    },
    async receive({ cursor }: Params<"receive">, { signal, emit }: CallContext) {
      receiver = new Receiver({ ...configured(), time, open, emit, cursor });
      await receiver.run(signal);
    },
    stored: ({ seq }: Params<"stored">) => receiver?.stored(seq),
    send: (sent: Params<"send">, { signal }: CallContext) =>
      sendPart(configured().line, sent, signal),
    edit: (edited: Params<"edit">, { signal }: CallContext) =>
      editPart(configured().line, edited, signal),
    remove: (which: Params<"remove">, { signal }: CallContext) =>
      removeMessage(configured().line, which, signal),
    async find(which: Params<"find">, { signal }: CallContext) {
      const { line } = configured();
      try {
        const { id } = await identify(line, signal);
        return await findMessage(line, id, which, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError) return { type: "unknown" };
        throw error;
      }
    },
    /** Slack has a status for threads alone, and for apps that it lets have one. */
    async typing({ chat, thread }: Params<"typing">, { signal }: CallContext) {
      const { line, silent } = configured();
      if (thread === null || silent.has(chat) || silent.size >= MAX_SILENT) return;
      const args = { channel_id: chat, thread_ts: thread, status: "is working…" };
      const reply = await line.call("assistant.threads.setStatus", args, signal);
      if (reply.type === "refused") silent.add(chat);
    },
    async answerPress({ pressId, place, text }: Params<"answerPress">, { signal }: CallContext) {
      await configured().line.call("chat.postEphemeral", {
        channel: place.chat,
        user: pressId,
        ...(place.thread === null ? {} : { thread_ts: place.thread }),
        text: escapeText(text),
        parse: "none",
      }, signal);
    },
    readFile: (which: Params<"readFile">, { signal }: CallContext) =>
      readFile(configured().line, which, signal),
    sendFile: (sent: Params<"sendFile">, { signal }: CallContext) =>
      sendFile(configured().line, sent, signal),
    /** Slack's command stands in the manifest of its app (docs/slack_channel.md). */
    setCommands() {},
    history(which: Params<"history">, { signal }: CallContext) {
      const { line, directory } = configured();
      return readHistory(line, directory, which, signal);
    },
  };
}
