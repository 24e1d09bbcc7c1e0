import { deepEqual, equal, rejects } from "node:assert/strict";
import { createDispatcher } from "../../src/daemon/dispatcher.ts";
import { receiveMail } from "../../src/daemon/inbox.ts";
import type { Mailbox } from "../../src/kernel/mail_ports.ts";
import type { InboundRow } from "../../src/model/channels/mail.ts";
import { ChatChannel, direct, written } from "../fakes/chat_channel.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { using, withFolder } from "../store/store_kit.ts";

const log = { write: () => {} };

function receiving(channel: ChatChannel, mailbox: Mailbox, signal: AbortSignal): Promise<void> {
  return receiveMail({
    channel: "telegram",
    port: channel,
    mailbox,
    kept: (message) => message,
    laneOf: ({ text }) => text === "ignored" ? null : text.startsWith("/") ? "command" : "turn",
    onTaken: () => {},
    onPress: () => {},
    onState: () => {},
  }, signal);
}

Deno.test("what comes in is confirmed once it is stored, and goes on from its cursor", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const channel = new ChatChannel();
      const stop = new AbortController();
      const running = receiving(channel, mailbox, stop.signal);
      await channel.receiving;
      channel.tell({ type: "message", message: written("1", "hello") });
      channel.tell({ type: "message", message: written("2", "ignored") });
      channel.tell({ type: "message", message: written("3", "/help") });
      channel.tell({ type: "message", message: written("1", "hello") });
      equal(channel.confirmed.length, 0, "nothing is confirmed before it is stored");
      await channel.until(() => channel.confirmed.length === 4);
      const rows = async (lane: "turn" | "command") =>
        (await mailbox.nextInbound({ lane, busy: [], limit: 9 })).map((row) => row.message.eventId);
      deepEqual([await rows("turn"), await rows("command")], [["1"], ["3"]]);
      stop.abort();
      await running;
      const again = receiving(channel, mailbox, AbortSignal.abort());
      await again;
      deepEqual(channel.cursors, [null, "4"]);
    })
  ));

Deno.test("a chat that moved to another id goes on there before that is confirmed", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const channel = new ChatChannel();
      const stop = new AbortController();
      const running = receiving(channel, mailbox, stop.signal);
      await channel.receiving;
      channel.tell({ type: "message", message: written("1", "hello", direct("-1")) });
      channel.tell({ type: "moved", from: "-1", to: "-9" });
      await channel.until(() => channel.confirmed.length === 2);
      const [row] = await mailbox.nextInbound({ lane: "turn", busy: [], limit: 9 });
      equal(row?.message.place.chat, "-9");
      equal(await mailbox.readCursor("telegram"), "2");
      stop.abort();
      await running;
    })
  ));

Deno.test("what cannot be stored is not confirmed, nor anything after it", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const channel = new ChatChannel();
      let calls = 0;
      const failing: Mailbox = {
        ...mailbox,
        acceptInbound: (given) =>
          ++calls === 2 ? Promise.reject(new Error("disk full")) : mailbox.acceptInbound(given),
      };
      const running = receiving(channel, failing, new AbortController().signal);
      await channel.receiving;
      for (const id of ["1", "2", "3"]) {
        channel.tell({ type: "message", message: written(id, "hello") });
      }
      await rejects(running, /disk full/);
      deepEqual(channel.confirmed, [1]);
      equal(await mailbox.readCursor("telegram"), "1");
    })
  ));

/** Fills an inbox: `[chat, text]`, in this order. */
async function fill(mailbox: Mailbox, messages: readonly (readonly [string, string])[]) {
  for (const [n, [chat, text]] of messages.entries()) {
    await mailbox.acceptInbound({
      channel: "telegram",
      cursor: null,
      message: written(`${n}`, text, direct(chat)),
      lane: "turn",
      limit: 100,
      full: null,
    });
  }
}

const finish = (mailbox: Mailbox, row: InboundRow) =>
  mailbox.finishInbound({ id: row.id, turn: null, liveId: null, replies: [] });

Deno.test("places go side by side within the limit, the messages of each in order", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const messages: [string, string][] = [];
      for (let n = 0; n < 6; n++) for (const chat of ["a", "b", "c"]) messages.push([chat, `${n}`]);
      await fill(mailbox, messages);
      const seen: Record<string, string[]> = { a: [], b: [], c: [] };
      const over = Promise.withResolvers<void>();
      const slow = Promise.withResolvers<void>();
      let most = 0;
      const dispatcher = createDispatcher({
        lane: "turn",
        mailbox,
        limit: () => 2,
        async work(row) {
          most = Math.max(most, dispatcher.atWork);
          const { place, text } = row.message;
          // The first of a is slow: b and c go on meanwhile.
          if (place.chat === "a" && text === "0") await slow.promise;
          seen[place.chat]?.push(text);
          await finish(mailbox, row);
          if (seen["b"]?.length === 6 && seen["c"]?.length === 6) slow.resolve();
          if (Object.values(seen).flat().length === messages.length) over.resolve();
        },
        shutdownMs: () => 0,
        clock: new FakeClock(),
        random: { fraction: () => 0 },
        log,
      });
      const stop = new AbortController();
      const running = dispatcher.run(stop.signal);
      await over.promise;
      stop.abort();
      await running;
      for (const texts of Object.values(seen)) deepEqual(texts, ["0", "1", "2", "3", "4", "5"]);
      equal(most, 2);
    })
  ));

Deno.test("a message whose work fails is tried again later, before those behind it; other places go on", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      await fill(mailbox, [["a", "0"], ["a", "1"], ["b", "2"]]);
      const seen: string[] = [];
      const clock = new FakeClock();
      const over = Promise.withResolvers<void>();
      let failures = 0;
      const dispatcher = createDispatcher({
        lane: "turn",
        mailbox,
        limit: () => 4,
        async work(row) {
          const { text } = row.message;
          if (text === "0" && failures++ === 0) throw new Error("no room");
          seen.push(text);
          await finish(mailbox, row);
          if (text === "2") clock.advance(5_000);
          if (seen.length === 3) over.resolve();
        },
        shutdownMs: () => 0,
        clock,
        random: { fraction: () => 0 },
        log,
      });
      const stop = new AbortController();
      const running = dispatcher.run(stop.signal);
      await over.promise;
      stop.abort();
      await running;
      deepEqual(seen, ["2", "0", "1"]);
    })
  ));

Deno.test("when ward stops, nothing new is begun and what runs is parked after its time", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      await fill(mailbox, [["a", "0"], ["b", "1"], ["b", "2"]]);
      const clock = new FakeClock();
      const began = Promise.withResolvers<void>();
      const events: string[] = [];
      const quick = Promise.withResolvers<void>();
      const dispatcher = createDispatcher({
        lane: "turn",
        mailbox,
        limit: () => 4,
        async work(row, stop) {
          const { text } = row.message;
          events.push(`began ${text}`);
          if (dispatcher.atWork === 2) began.resolve();
          if (text === "1") {
            await quick.promise;
            await finish(mailbox, row);
            return void events.push("done 1");
          }
          await new Promise((resolve) => stop.addEventListener("abort", resolve));
          events.push(`parked ${text}`);
        },
        shutdownMs: () => 20_000,
        clock,
        random: { fraction: () => 0 },
        log,
      });
      const stop = new AbortController();
      const running = dispatcher.run(stop.signal);
      await began.promise;
      stop.abort();
      quick.resolve();
      while (clock.waiting === 0) await new Promise((go) => setTimeout(go));
      clock.advance(19_999);
      deepEqual(events.filter((one) => one.startsWith("parked")), []);
      clock.advance(1);
      await running;
      deepEqual(events, ["began 0", "began 1", "done 1", "parked 0"]);
    })
  ));
