/** A real thread of a Telegram bot before the fake service; the test is the kernel. */
import { type ChannelThread, startChannelThread } from "../../../src/app/daemon/channel_thread.ts";
import type { ChannelEvent } from "../../../src/compartments/channels/api.ts";
import type { ChannelClient } from "../../../src/compartments/channels/client.ts";
import type {
  ChatPlace,
  InboundMessage,
  OutboundPart,
} from "../../../src/model/channels/message.ts";
import { FORM } from "../../accounts/auth_kit.ts";
import { startTelegram, type TelegramService } from "../../fakes/channels/telegram/service.ts";
import type { FakeChat } from "../../fakes/channels/telegram/world.ts";

/** What comes in, as a test waits for it. */
export interface Inbox {
  readonly events: readonly ChannelEvent[];
  /** Waits until the events so far fit. */
  until(fits: (events: readonly ChannelEvent[]) => boolean): Promise<readonly ChannelEvent[]>;
  /** Cancels receiving, and waits for its end. */
  stop(): Promise<void>;
  /** Rejects when receiving ends for good. */
  readonly ended: Promise<void>;
}

/** What a test works with. */
export interface TelegramKit extends AsyncDisposable {
  readonly service: TelegramService;
  readonly client: ChannelClient;
  /** Starts to receive. @param isKept Whether what comes is stored at once. @default true */
  receive(cursor?: string | null, isKept?: boolean): Inbox;
  /** Ends the thread as a crash does, and starts another. */
  restart(): Promise<void>;
}

/** Starts both. @param form Of another form than the sources. */
export async function telegramKit(form = FORM): Promise<TelegramKit> {
  const service = startTelegram();
  const start = (): Promise<ChannelThread> =>
    startChannelThread(
      { name: "bot", kind: "telegram", apiUrl: service.apiUrl, threads: true },
      { token: service.token, appToken: null },
      form,
    );
  let thread = await start();
  const inboxes = new Set<Inbox>();
  return {
    service,
    get client() {
      return thread.client;
    },
    receive(cursor = null, isKept = true) {
      const inbox = inboxOf(thread.client, cursor, isKept);
      inboxes.add(inbox);
      return inbox;
    },
    async restart() {
      thread.stop();
      for (const inbox of inboxes) await inbox.ended.catch(() => {});
      inboxes.clear();
      thread = await start();
    },
    async [Symbol.asyncDispose]() {
      for (const inbox of inboxes) await inbox.stop();
      thread.stop();
      await service[Symbol.asyncDispose]();
    },
  };
}

function inboxOf(client: ChannelClient, cursor: string | null, isKept: boolean): Inbox {
  const events: ChannelEvent[] = [];
  const controller = new AbortController();
  let check = () => {};
  const ended = client.receive({ cursor }, (event) => {
    events.push(event);
    if (isKept && "seq" in event) client.stored({ seq: event.seq });
    check();
  }, controller.signal);
  const inbox: Inbox = {
    events,
    ended,
    async until(fits) {
      const { promise, resolve } = Promise.withResolvers<void>();
      check = () => fits(events) && resolve();
      check();
      await Promise.race([promise, ended]);
      check = () => {};
      return [...events];
    },
    async stop() {
      controller.abort();
      await ended.catch(() => {});
    },
  };
  ended.catch(() => {});
  return inbox;
}

/** A chat as ward names it. */
export function placeOf(chat: FakeChat, thread: number | null = null): ChatPlace {
  const kind = chat.type === "private" ? "direct" : chat.username ? "public" : "group";
  return {
    channel: "bot",
    chat: String(chat.id),
    thread: thread === null ? null : String(thread),
    kind,
  };
}

/** A part whose plain form is its text without tags. */
export function partOf(text: string, buttons?: OutboundPart["buttons"]): OutboundPart {
  return { text, plain: text.replaceAll(/<[^>]{1,100}>/g, ""), ...(buttons ? { buttons } : {}) };
}

/** Messages among events. */
export function messagesOf(events: readonly ChannelEvent[]): InboundMessage[] {
  return events.flatMap((event) => event.type === "message" ? [event.message] : []);
}
