/** A bot of the fake Discord, by its real thread under its real permissions. */
import { startChannelThread } from "../../../src/app/daemon/channel_thread.ts";
import { createDiscordChannel } from "../../../src/compartments/channels/discord/discord_channel.ts";
import type { ChannelApi, ChannelEvent } from "../../../src/compartments/channels/api.ts";
import type { ChannelClient } from "../../../src/compartments/channels/client.ts";
import type { ChatPlace } from "../../../src/model/channels/message.ts";
import type { FakeUser } from "../../fakes/channels/discord/world.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FORM } from "../../accounts/auth_kit.ts";
import { DISCORD_TOKEN, type DiscordService } from "../../fakes/channels/discord/service.ts";

/** Longest that a test waits for something to happen, ms: it hangs, else. */
const PATIENCE_MS = 30_000;

/** What a thread tells while it receives. */
export interface Receiving {
  readonly events: readonly ChannelEvent[];
  /** The cursor of the last event that has one. */
  readonly cursor: string | null;
  /** Resolves when it holds; it is looked at after each event. */
  until(holds: (events: readonly ChannelEvent[]) => boolean): Promise<void>;
  /** Texts of messages. */
  readonly texts: string[];
  /** How it ended, when it did. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** A bot's thread. */
export interface DiscordBot extends AsyncDisposable {
  readonly client: ChannelClient;
  /** Begins to receive. @param stores Whether what comes is on the disk at once. @default true */
  receive(cursor?: string | null, stores?: boolean): Receiving;
}

/** Starts one. */
export async function startBot(
  service: DiscordService,
  { token = DISCORD_TOKEN, threads = false, name = "discord" } = {},
): Promise<DiscordBot> {
  const thread = await startChannelThread(
    { name, kind: "discord", apiUrl: service.apiUrl, threads },
    { token, appToken: null },
    FORM,
  );
  const { client } = thread;
  return {
    client,
    receive: (cursor = null, stores = true) => receiving(client, cursor, stores),
    async [Symbol.asyncDispose]() {
      thread.stop();
      await thread.ended;
    },
  };
}

/** Receives by a client. */
export function receiving(
  client: Pick<ChannelClient, "receive" | "stored">,
  cursor: string | null,
  stores: boolean,
): Receiving {
  const events: ChannelEvent[] = [];
  const looks = new Set<() => void>();
  const life = new AbortController();
  const ended = client.receive({ cursor }, (event) => {
    events.push(event);
    if (stores && "seq" in event) client.stored({ seq: event.seq });
    for (const look of [...looks]) look();
  }, life.signal).catch((error) => error);
  return {
    events,
    ended,
    get cursor() {
      return events.findLast((event) => "cursor" in event)?.cursor ?? null;
    },
    get texts() {
      return events.flatMap((event) => event.type === "message" ? event.message.text : []);
    },
    async until(holds) {
      if (holds(events)) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (holds(events)) resolve();
      };
      looks.add(look);
      ended.then((error) => reject(new Error(`it ended: ${error}`)));
      const timer = setTimeout(() => reject(new Error(`never: ${holds}`)), PATIENCE_MS);
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        looks.delete(look);
      }
    },
    async stop() {
      life.abort();
      await ended;
    },
  };
}

/** A bot in this very thread, whose time is the test's. */
export interface BareBot {
  readonly clock: FakeClock;
  readonly api: Omit<ChannelApi, "receive">;
  /** As {@linkcode DiscordBot.receive}. */
  receive(cursor?: string | null, stores?: boolean): Receiving;
}

/** Makes one. */
export async function bareBot(
  service: { readonly apiUrl: string },
  { token = DISCORD_TOKEN, threads = false } = {},
): Promise<BareBot> {
  const clock = new FakeClock(Date.now());
  const handlers = createDiscordChannel({
    clock,
    random: { fraction: () => 0.5 },
    fetch: (input, init) => fetch(input, init),
    openSocket: (url) => new WebSocket(url),
  });
  const api = handlers as unknown as BareBot["api"];
  await api.configure({
    name: "discord",
    token,
    appToken: null,
    apiUrl: service.apiUrl,
    threads,
  });
  return {
    clock,
    api,
    receive: (cursor = null, stores = true) =>
      receiving(
        {
          stored: api.stored,
          receive: (from, onEvent, signal) =>
            Promise.resolve(
              handlers["receive"]?.(from, {
                signal,
                emit: (event) => onEvent(event as ChannelEvent),
              }),
            )
              .then(() => {}),
        },
        cursor,
        stores,
      ),
  };
}

/** A direct chat as a place. */
export function directPlace(chat: string): ChatPlace {
  return { channel: "discord", chat, thread: null, kind: "direct" };
}

/** Somebody, and their direct chat with the bot. */
export function somebody({ world }: DiscordService): { user: FakeUser; chat: string } {
  const user = world.user("alice");
  return { user, chat: world.direct(user) };
}

/** Holds when so many connections were told. */
export function connected(times: number): (events: readonly ChannelEvent[]) => boolean {
  return (events) => events.filter(({ type }) => type === "connected").length === times;
}

/** Holds when so many messages were told. */
export function messages(count: number): (events: readonly ChannelEvent[]) => boolean {
  return (events) => events.filter(({ type }) => type === "message").length === count;
}
