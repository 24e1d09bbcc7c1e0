/**
 * The daemon's mail by Telegram's own protocol: inbox and outbox over a real store, the code of the
 * bot's thread, the fake Bot API with its limits, and a clock that the test moves on.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { BotApi } from "../../src/compartments/channels/telegram/bot_api.ts";
import { receive, StoredMark } from "../../src/compartments/channels/telegram/receive.ts";
import { edit, send } from "../../src/compartments/channels/telegram/send.ts";
import type { ChannelPort } from "../../src/daemon/channel_port.ts";
import { receiveMail } from "../../src/daemon/inbox.ts";
import { createOutbox, REPEAT_MARK } from "../../src/daemon/outbox.ts";
import type { Mailbox } from "../../src/kernel/mail_ports.ts";
import { Limits } from "../fakes/channels/telegram/limits.ts";
import { startTelegram, type TelegramService } from "../fakes/channels/telegram/service.ts";
import type { FakeChat } from "../fakes/channels/telegram/world.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { placeOf } from "../channels/telegram/telegram_kit.ts";
import { using, withFolder } from "../store/store_kit.ts";

const RANDOM = { fraction: () => 0.5 };

/** The bot as the daemon sees it, without a thread between. */
function portOf(service: TelegramService, clock: FakeClock): ChannelPort & Disposable {
  const api = new BotApi(service);
  const { signal } = new AbortController();
  let stored = new StoredMark();
  return {
    receive({ cursor }, emit, until) {
      stored = new StoredMark();
      return receive(
        cursor,
        { api, channel: "bot", time: { clock, random: RANDOM }, stored, emit },
        until,
      );
    },
    stored: ({ seq }) => stored.reach(seq),
    send: (sent) => send(api, sent, signal),
    edit: (edited) => edit(api, edited, signal),
    find: () => Promise.resolve({ type: "unknown" }),
    typing: () => Promise.resolve(),
    answerPress: () => Promise.resolve(),
    [Symbol.dispose]: () => api.close(),
  };
}

interface Rig {
  readonly service: TelegramService;
  readonly clock: FakeClock;
  readonly mailbox: Mailbox;
  /** Receives until this holds, then ends, as a process does. */
  receiveUntil(holds: () => boolean): Promise<void>;
  /** Sends until nothing waits; the clock goes on whenever all wait for it. */
  sendAll(): Promise<void>;
}

async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  await withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      await using service = startTelegram();
      const clock = new FakeClock(service.world.now);
      using port = portOf(service, clock);
      const turn = () => new Promise((go) => setTimeout(go));
      await body({
        service,
        clock,
        mailbox,
        async receiveUntil(holds) {
          const stop = new AbortController();
          const receiving = receiveMail({
            channel: "bot",
            port,
            mailbox,
            laneOf: () => "turn",
            kept: (message) => message,
            onTaken: () => {},
            onPress: () => {},
            onState(event) {
              if (event.type !== "waiting") return;
              // It waits from the next moment on.
              Promise.resolve().then(() => {
                clock.advance(event.waitMs);
                service.world.now = clock.now();
              });
            },
          }, stop.signal);
          while (!holds()) await turn();
          stop.abort();
          await receiving;
        },
        async sendAll() {
          const log = { write: () => {} };
          const parts = { channel: "bot", port, mailbox, clock, random: RANDOM, log };
          const outbox = createOutbox(parts);
          const stop = new AbortController();
          const running = outbox.run(stop.signal);
          while ((await mailbox.countMail()).outbound > 0) {
            if (clock.waiting > 0) clock.advance(1_000);
            service.world.now = clock.now();
            await turn();
          }
          stop.abort();
          await running;
        },
      });
    })
  );
}

/** All that waits, in its order; it is then done. */
async function drain(mailbox: Mailbox): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const [row] = await mailbox.nextInbound({ lane: "turn", busy: [], limit: 1 });
    if (!row) return texts;
    texts.push(row.message.text);
    await mailbox.finishInbound({ id: row.id, turn: null, liveId: null, replies: [] });
  }
}

const put = (mailbox: Mailbox, chat: FakeChat, text: string, replyTo: string | null = null) =>
  mailbox.putOutbound({
    kind: "plain",
    place: placeOf(chat),
    part: { text: `<b>${text}</b>`, plain: text },
    replyTo,
    inboundId: null,
  });

/** Whether the service was told that all it has is stored. */
const isConfirmed = ({ world, isPolled }: TelegramService) =>
  world.updates.length === 0 && isPolled;

Deno.test("73: updates that come twice, late, reordered, edited or after numbers restart are taken once", () =>
  withRig(async ({ service, mailbox, receiveUntil, sendAll }) => {
    const { world } = service;
    const chat = world.direct();
    world.say(chat, "one");
    const [first] = world.updates as { message?: object }[];
    // The same message under another number, and one of yesterday after it.
    world.update({ message: structuredClone(first?.message) });
    world.now -= 23 * 3_600_000;
    world.say(chat, "late");
    world.now += 23 * 3_600_000;
    world.update({ edited_message: { ...first?.message, text: "one, changed" } });
    chat.nextId = 40;
    world.say(chat, "forty");
    chat.nextId = 20;
    world.say(chat, "twenty");
    await receiveUntil(() => isConfirmed(service));
    deepEqual(await drain(mailbox), ["one", "late", "forty", "twenty"]);
    // After a quiet week, and with a process of its own.
    world.restartNumbers(77);
    chat.nextId = 50;
    world.say(chat, "anew");
    world.update({ message: structuredClone(first?.message) });
    await receiveUntil(() => isConfirmed(service));
    world.say(chat, "and on");
    await receiveUntil(() => isConfirmed(service));
    deepEqual(await drain(mailbox), ["anew", "and on"]);
    // What it answers to was deleted meanwhile.
    chat.messages.delete(40);
    await put(mailbox, chat, "answer", "40");
    await sendAll();
    equal(world.sent(chat)[0]?.text, "answer");
  }));

Deno.test("77: six hours without a network: all of it comes and goes in order, within the limits, once", () =>
  withRig(async ({ service, clock, mailbox, receiveUntil, sendAll }) => {
    const { world } = service;
    service.limits = new Limits();
    const chat = world.direct();
    const group = world.chat({ id: -100, type: "group" });
    const back = clock.now() + 6 * 3_600_000;
    let tries = 0;
    service.fault = () => {
      if (clock.now() >= back) return null;
      tries++;
      return { type: "answer", response: new Response("down", { status: 502 }) };
    };
    const texts = [...Array(90)].map((_, at) => `n${at}`);
    for (const text of texts) world.say(chat, text);
    for (let at = 0; at < 20; at++) await put(mailbox, group, `g${at}`);
    for (let at = 0; at < 10; at++) await put(mailbox, chat, `d${at}`);
    await receiveUntil(() => isConfirmed(service));
    deepEqual(await drain(mailbox), texts);
    // 5, 10, 20, 40, then each minute: neither a storm nor a long sleep.
    ok(tries > 300 && tries < 380, `${tries} tries`);
    await sendAll();
    deepEqual(world.sent(group).map(({ text }) => text), [...Array(20)].map((_, at) => `g${at}`));
    deepEqual(world.sent(chat).map(({ text }) => text), [...Array(10)].map((_, at) => `d${at}`));
  }));

Deno.test("an answer lost after the message arrived: there twice, and the second stays marked; a change is done once", () =>
  withRig(async ({ service, mailbox, sendAll }) => {
    const { world } = service;
    const chat = world.direct();
    let breaks = 1;
    service.fault = ({ method }) =>
      method === "sendMessage" && breaks-- > 0 ? { type: "break" } : null;
    const id = await put(mailbox, chat, "hello");
    await put(mailbox, chat, "after it");
    await sendAll();
    const shown = () => world.sent(chat).map(({ text }) => text);
    deepEqual(shown(), ["hello", `hello\n\n${REPEAT_MARK}`, "after it"]);
    service.fault = ({ method }) =>
      method === "editMessageText" && breaks++ === 0 ? { type: "break" } : null;
    breaks = 0;
    await mailbox.changeOutbound({ id, kind: "plain", part: { text: "bye", plain: "bye" } });
    await sendAll();
    equal(service.to("editMessageText").length, 2);
    deepEqual(shown(), ["hello", `bye\n\n${REPEAT_MARK}`, "after it"]);
  }));

Deno.test("blocked by one, the bot goes on with the others; markup that is refused goes as plain text", () =>
  withRig(async ({ service, mailbox, sendAll }) => {
    const { world } = service;
    const chat = world.direct();
    await mailbox.putOutbound({
      kind: "plain",
      place: { ...placeOf(chat), chat: "4711" },
      part: { text: "to nobody", plain: "to nobody" },
      replyTo: null,
      inboundId: null,
    });
    await mailbox.putOutbound({
      kind: "plain",
      place: placeOf(chat),
      part: { text: "<b>a < b", plain: "a < b" },
      replyTo: null,
      inboundId: null,
    });
    await sendAll();
    deepEqual(world.sent(chat).map(({ text }) => text), ["a < b"]);
  }));
