/** The kernel's end of a `channel:<name>` thread. What it says of the world outside is parsed. */
import * as z from "zod";
import type { Client } from "../wire.ts";
import {
  botIdentity,
  type ChannelApi,
  type ChannelEvent,
  channelEvent,
  foundMessage,
  historyMessage,
  sendOutcome,
} from "./api.ts";

/** A chat service, as the daemon uses it. */
export interface ChannelClient extends Omit<ChannelApi, "receive"> {
  /** As {@linkcode ChannelApi.receive}; `onEvent` must not throw. */
  receive(
    from: { readonly cursor: string | null },
    onEvent: (event: ChannelEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

const nothing = z.null().transform(() => undefined);

/** The kernel's end. */
export function createChannelClient(client: Client): ChannelClient {
  const ask = async <T>(schema: z.ZodType<T>, method: keyof ChannelApi, params: unknown) =>
    schema.parse(await client.call(method, params));
  return {
    configure: (setup) => ask(nothing, "configure", setup),
    identify: () => ask(botIdentity(), "identify", null),
    async receive(from, onEvent, signal) {
      await client.call("receive", from, {
        signal,
        onEvent: (event) => onEvent(channelEvent().parse(event)),
      });
    },
    stored: (done) => client.tell("stored", done),
    send: (sent) => ask(sendOutcome(), "send", sent),
    edit: (edited) => ask(sendOutcome(), "edit", edited),
    remove: (which) => ask(sendOutcome(), "remove", which),
    find: (which) => ask(foundMessage(), "find", which),
    typing: (place) => ask(nothing, "typing", place),
    answerPress: (answer) => ask(nothing, "answerPress", answer),
    readFile: (which) => ask(z.instanceof(Uint8Array), "readFile", which),
    sendFile: (sent) => ask(sendOutcome(), "sendFile", sent),
    setCommands: (list) => ask(nothing, "setCommands", list),
    history: (which) => ask(z.array(historyMessage()), "history", which),
  };
}
