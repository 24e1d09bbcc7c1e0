/** A Slack bot against the fake: its real thread, or its code in this one, with a clock that stands still. */
import { startChannelThread } from "../../../src/app/daemon/channel_thread.ts";
import { AppError } from "../../../src/base/app_error.ts";
import type { ChannelEvent } from "../../../src/compartments/channels/api.ts";
import {
  type ChannelClient,
  createChannelClient,
} from "../../../src/compartments/channels/client.ts";
import { slackHandlers } from "../../../src/compartments/channels/slack/handlers.ts";
import { socketOpener } from "../../../src/compartments/channels/slack/socket_mode/web_socket.ts";
import { type Channel, Client, serve } from "../../../src/compartments/wire.ts";
import type { ChatPlace } from "../../../src/model/channels/message.ts";
import { FORM } from "../../accounts/auth_kit.ts";
import { inTime } from "../../fakes/channels/slack/in_time.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import type { FakeSlack } from "../../fakes/channels/slack/start.ts";

/** A bot. */
export interface SlackBot extends AsyncDisposable {
  readonly client: ChannelClient;
  readonly clock: FakeClock;
  /** All that was told so far. */
  readonly events: readonly ChannelEvent[];
  /** How receiving ended. */
  readonly received: Promise<void>;
  /** The next event of this type that was not asked for before. */
  next<T extends ChannelEvent["type"]>(type: T): Promise<Extract<ChannelEvent, { type: T }>>;
  /** The next message, which is stored at once. */
  hear(): Promise<Extract<ChannelEvent, { type: "message" }>["message"]>;
}

/** How a bot differs from the usual one. */
export interface BotTraits {
  /** @default true */
  readonly threads?: boolean;
  /** @default true */
  readonly receives?: boolean;
  /** Whether it is in a thread of its own, with the machine's clock. @default false */
  readonly isThread?: boolean;
  /** @default that of the fake */
  readonly apiUrl?: string;
  readonly cursor?: string | null;
  readonly token?: string;
  readonly appToken?: string;
}

/** Places of the fake's workspace. */
export function placeOf(chat: string, thread: string | null = null): ChatPlace {
  const kind = chat.startsWith("D") ? "direct" : chat.startsWith("G") ? "group" : "public";
  return { channel: "slack", chat, thread, kind };
}

/** Starts one that receives. */
export async function startSlackBot(slack: FakeSlack, traits: BotTraits = {}): Promise<SlackBot> {
  const { threads = true, receives = true, isThread = false } = traits;
  const clock = new FakeClock();
  const token = traits.token ?? slack.tokens.bot;
  const appToken = traits.appToken ?? slack.tokens.app;
  const apiUrl = traits.apiUrl ?? slack.apiUrl;
  const { client, stop } = isThread
    ? await startChannelThread(
      { name: "slack", kind: "slack", apiUrl, threads },
      { token, appToken },
      FORM,
    )
    : inThisThread(clock);
  if (!isThread) await client.configure({ name: "slack", token, appToken, apiUrl, threads });
  const events: ChannelEvent[] = [];
  const asked = new Map<string, number>();
  let wake = Promise.withResolvers<void>();
  const controller = new AbortController();
  const onEvent = (event: ChannelEvent) => {
    events.push(event);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const received = receives
    ? client.receive({ cursor: traits.cursor ?? null }, onEvent, controller.signal)
    : Promise.resolve();
  received.catch(() => {});
  const bot: SlackBot = {
    client,
    clock,
    events,
    received,
    async next<T extends ChannelEvent["type"]>(type: T) {
      const number = asked.get(type) ?? 0;
      asked.set(type, number + 1);
      for (;;) {
        const found = events.filter((event) => event.type === type)[number];
        if (found) return found as Extract<ChannelEvent, { type: T }>;
        await inTime(wake.promise, `nothing more of the type "${type}" is told`);
      }
    },
    async hear() {
      const { seq, message } = await bot.next("message");
      client.stored({ seq });
      return message;
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      let isOver = false;
      received.catch(() => {}).finally(() => (isOver = true));
      while (!isOver) {
        // Sockets say goodbye, and are given a second for it.
        clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      stop();
    },
  };
  return bot;
}

function inThisThread(clock: FakeClock): { client: ChannelClient; stop(): void } {
  const time = { clock, random: { fraction: () => 0.5 } };
  let toKernel: (message: unknown) => void = () => {};
  let toThread: (message: unknown) => void = () => {};
  const cross = (deliver: () => (message: unknown) => void) => (message: unknown) => {
    const copy = structuredClone(message);
    queueMicrotask(() => deliver()(copy));
  };
  const inside: Channel = {
    send: cross(() => toKernel),
    receive: (onMessage) => void (toThread = onMessage),
  };
  serve(inside, slackHandlers({ time, open: socketOpener(time) }));
  const wire = new Client({
    send: cross(() => toThread),
    receive: (onMessage) => void (toKernel = onMessage),
  });
  return {
    client: createChannelClient(wire),
    stop: () => wire.close(new AppError("test.over", "The test is over")),
  };
}
