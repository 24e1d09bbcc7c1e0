/** Receiving in this thread, before the fake Bot API, by a clock of the test's. */
import { equal, ok } from "node:assert/strict";
import type { ChannelEvent } from "../../../src/compartments/channels/api.ts";
import { BotApi } from "../../../src/compartments/channels/telegram/bot_api.ts";
import { receive, StoredMark } from "../../../src/compartments/channels/telegram/receive.ts";
import {
  type Fault,
  startTelegram,
  type TelegramService,
} from "../../fakes/channels/telegram/service.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

/** Receiving, as it goes on. */
export interface Receiving extends AsyncDisposable {
  readonly service: TelegramService;
  readonly clock: FakeClock;
  readonly events: ChannelEvent[];
  readonly ended: Promise<void>;
  readonly stored: StoredMark;
  readonly controller: AbortController;
  /** Waits for the next event that fits. */
  next(fits: (event: ChannelEvent) => boolean): Promise<ChannelEvent>;
  /** Waits for the next pause, and lets it pass. @returns Its length and why. */
  pause(): Promise<{ readonly waitMs: number; readonly why: string }>;
}

/** Starts it. */
export function receiving(
  { cursor = null, isKept = true, fault = () => null, before = () => {} }: {
    cursor?: string | null;
    isKept?: boolean;
    fault?: (method: string, count: number) => Fault | null;
    before?: (service: TelegramService) => void;
  } = {},
): Receiving {
  const service = startTelegram();
  let count = 0;
  service.fault = ({ method }) => fault(method, method === "getUpdates" ? count++ : count);
  before(service);
  const clock = new FakeClock();
  const controller = new AbortController();
  const stored = new StoredMark();
  const events: ChannelEvent[] = [];
  let seen = 0;
  let wake = () => {};
  const api = new BotApi(service);
  const parts = {
    api,
    channel: "bot",
    time: { clock, random: { fraction: () => 0.5 } },
    stored,
    emit(event: ChannelEvent) {
      events.push(event);
      if (isKept && "seq" in event) stored.reach(event.seq);
      wake();
    },
  };
  const ended = receive(cursor, parts, controller.signal);
  ended.catch(() => {});
  const next = async (fits: (event: ChannelEvent) => boolean): Promise<ChannelEvent> => {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      while (seen < events.length) {
        const event = events[seen++]!;
        if (fits(event)) return event;
      }
      await Promise.race([promise, ended]);
    }
  };
  return {
    service,
    clock,
    events,
    ended,
    stored,
    controller,
    next,
    async pause() {
      const event = await next(({ type }) => type === "waiting");
      ok(event.type === "waiting");
      equal(clock.waiting, 1);
      clock.advance(event.waitMs);
      return event;
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await ended.catch(() => {});
      api.close();
      await service[Symbol.asyncDispose]();
    },
  };
}
