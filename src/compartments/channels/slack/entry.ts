/**
 * Entry of a `channel:<name>` thread of Slack: speaks as one bot, with its two tokens, and may reach
 * Slack's hosts alone.
 */
import { AppError } from "../../../base/app_error.ts";
import { type CallContext, serve, workerScopeChannel } from "../../wire.ts";
import type { ChannelApi, ChannelSetup } from "../api.ts";
import { threadTime } from "../thread_time.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { checkApp, identify } from "./identify.ts";
import { type SlackLine, slackLine } from "./line.ts";
import { Receiver } from "./receive.ts";
import { editPart, removeMessage, sendPart } from "./send.ts";
import { openSocket } from "./socket.ts";

type Params<M extends keyof ChannelApi> = Parameters<ChannelApi[M]>[0];

interface Bot {
  readonly line: SlackLine;
  readonly directory: Directory;
}

let bot: Bot | null = null;
let receiver: Receiver | null = null;

function configured(): Bot {
  if (bot === null) throw new AppError("channel.not_configured", "The channel has no bot yet");
  return bot;
}

serve(workerScopeChannel(), {
  configure(setup: ChannelSetup) {
    const line = slackLine(setup);
    bot = { line, directory: createDirectory(line, threadTime) };
  },
  async identify() {
    const { line } = configured();
    const { id, username, name, team } = await identify(line);
    await checkApp(line);
    return { id, username, name, team };
  },
  async receive(_: Params<"receive">, { signal, emit }: CallContext) {
    receiver = new Receiver({ ...configured(), time: threadTime, open: openSocket, emit });
    await receiver.run(signal);
  },
  stored: ({ seq }: Params<"stored">) => receiver?.stored(seq),
  send: (sent: Params<"send">) => sendPart(configured().line, sent),
  edit: (edited: Params<"edit">) => editPart(configured().line, edited),
  remove: (which: Params<"remove">) => removeMessage(configured().line, which),
});
