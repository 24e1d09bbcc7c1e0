import { deepEqual, equal } from "node:assert/strict";
import { createOutbox } from "../../src/daemon/outbox.ts";
import type { Mailbox } from "../../src/kernel/mail_ports.ts";
import type { OutboundPart } from "../../src/model/channels/message.ts";
import { ChatChannel, direct } from "../fakes/chat_channel.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { using, withFolder } from "../store/store_kit.ts";

const part = (text: string): OutboundPart => ({ text: `<b>${text}</b>`, plain: text });

const put = (mailbox: Mailbox, chat: string, text: string) =>
  mailbox.putOutbound({
    kind: "plain",
    place: direct(chat),
    part: part(text),
    replyTo: null,
    inboundId: null,
  });

/** Runs an outbox over a real store until `body` is done. */
async function sending(
  dataDir: string,
  channel: ChatChannel,
  body: (kit: {
    mailbox: Mailbox;
    clock: FakeClock;
    outbox: ReturnType<typeof createOutbox>;
  }) => Promise<void>,
): Promise<void> {
  await using(dataDir, async ({ mailbox }) => {
    const clock = new FakeClock();
    const outbox = createOutbox({
      channel: "telegram",
      port: channel,
      mailbox,
      clock,
      random: { fraction: () => 0.5 },
      log: { write: () => {} },
    });
    const stop = new AbortController();
    const running = outbox.run(stop.signal);
    try {
      await body({ mailbox, clock, outbox });
    } finally {
      stop.abort();
      await running;
    }
  });
}

/** Waits until a delay of the clock begins, which no request tells of. */
async function held(clock: FakeClock): Promise<void> {
  while (clock.waiting === 0) await new Promise((go) => setTimeout(go));
}

/** Waits until nothing is left to send. */
async function empty(mailbox: Mailbox): Promise<void> {
  while ((await mailbox.countMail()).outbound > 0);
}

Deno.test("messages of a place go in order, each once, and a slow place holds no other", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    const slow = Promise.withResolvers<null>();
    channel.trouble = (request) => request === "send 7: <b>a</b>" ? slow.promise : null;
    await sending(dataDir, channel, async ({ mailbox, outbox }) => {
      await put(mailbox, "7", "a");
      await put(mailbox, "7", "b");
      await put(mailbox, "8", "c");
      outbox.wake();
      await channel.until(() => channel.texts("8").length === 1);
      deepEqual(channel.texts("7"), []);
      slow.resolve(null);
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a</b>", "<b>b</b>"]);
      equal(channel.shown.length, 3);
    });
  }));

Deno.test("a service that refuses the markup gets plain text; one that refuses the message holds nothing up", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    channel.trouble = (request) =>
      request.includes("<b>a")
        ? { type: "refused", cause: "format", word: "can't parse entities" }
        : request.includes("<b>b")
        ? { type: "refused", cause: "gone", word: "bot was blocked by the user" }
        : null;
    await sending(dataDir, channel, async ({ mailbox, outbox }) => {
      for (const text of ["a", "b", "c"]) await put(mailbox, "7", text);
      outbox.wake();
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["a", "<b>c</b>"]);
    });
  }));

Deno.test("a limit is waited out, a failure for 5 to 60 s, and then it goes out once", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    const troubles = [
      { type: "limited", afterMs: 3_000 },
      { type: "failed", isUnsure: false, why: "connection refused" },
      { type: "failed", isUnsure: false, why: "connection refused" },
    ] as const;
    let at = 0;
    channel.trouble = () => troubles[at++] ?? null;
    await sending(dataDir, channel, async ({ mailbox, outbox, clock }) => {
      await put(mailbox, "7", "a");
      outbox.wake();
      for (const [before, rest] of [[2_999, 1], [4_999, 1], [9_999, 1]] as const) {
        await held(clock);
        const tries = channel.log.length;
        clock.advance(before);
        await mailbox.countMail();
        equal(channel.log.length, tries, "not sooner");
        clock.advance(rest);
        await channel.until(() => channel.log.length === tries + 1);
      }
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a</b>"]);
    });
  }));

for (const canFind of [true, false]) {
  Deno.test(
    `a message whose sending nobody saw end is ${
      canFind ? "found and not sent again" : "sent once more and marked"
    }`,
    () =>
      withFolder(async (dataDir) => {
        const channel = new ChatChannel();
        channel.canFind = canFind;
        const crash = Promise.withResolvers<null>();
        // It arrives, and ward does not live to see the answer.
        await using(dataDir, async ({ mailbox }) => {
          await put(mailbox, "7", "a");
          await put(mailbox, "7", "b");
          const [row] = await mailbox.takeOutbound({ channel: "telegram", busy: [], limit: 9 });
          const { place, key, replyTo } = row!;
          await channel.send({ place, part: row!.part, isPlain: false, key, replyTo });
        });
        crash.resolve(null);
        await sending(dataDir, channel, async ({ mailbox }) => {
          await empty(mailbox);
          deepEqual(
            channel.texts("7"),
            canFind
              ? ["<b>a</b>", "<b>b</b>"]
              : ["<b>a</b>", "<b>a</b>\n\n(may repeat)", "<b>b</b>"],
          );
        });
      }),
  );
}

Deno.test("an answer that got lost on the way is settled by asking, and one that never arrived goes out", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    channel.canFind = true;
    let count = 0;
    channel.trouble = () => {
      count++;
      if (count === 1) return "lost answer";
      return count === 2 ? { type: "failed", isUnsure: true, why: "reset" } : null;
    };
    await sending(dataDir, channel, async ({ mailbox, outbox, clock }) => {
      await put(mailbox, "7", "a");
      await put(mailbox, "7", "b");
      outbox.wake();
      await held(clock);
      clock.advance(60_000);
      await channel.until(() => count === 2);
      await held(clock);
      clock.advance(60_000);
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a</b>", "<b>b</b>"]);
    });
  }));

Deno.test("a message that was sent once more stays marked when what it says is changed", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    await sending(dataDir, channel, async ({ mailbox, outbox, clock }) => {
      const id = await put(mailbox, "7", "a");
      let count = 0;
      channel.trouble = () => count++ === 0 ? "lost answer" : null;
      outbox.wake();
      await held(clock);
      clock.advance(60_000);
      await empty(mailbox);
      await mailbox.changeOutbound({ id, kind: "plain", part: part("b") });
      outbox.wake();
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a</b>", "<b>b</b>\n\n(may repeat)"]);
    });
  }));

Deno.test("what is changed while it is sent is changed in the chat, one that was taken away is sent anew", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    const slow = Promise.withResolvers<null>();
    channel.trouble = (request) => request === "send 7: <b>a</b>" ? slow.promise : null;
    await sending(dataDir, channel, async ({ mailbox, outbox }) => {
      const id = await put(mailbox, "7", "a");
      outbox.wake();
      await new Promise((go) => setTimeout(go));
      await mailbox.changeOutbound({ id, kind: "plain", part: part("a2") });
      slow.resolve(null);
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a2</b>"]);
      channel.shown.length = 0;
      await mailbox.changeOutbound({ id, kind: "plain", part: part("a3") });
      outbox.wake();
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>a3</b>"]);
    });
  }));

Deno.test("a state that is only shown never comes behind the answer", () =>
  withFolder(async (dataDir) => {
    const channel = new ChatChannel();
    const slow = Promise.withResolvers<null>();
    channel.trouble = (request) => request === "edit 1: <b>half</b>" ? slow.promise : null;
    await sending(dataDir, channel, async ({ mailbox, outbox }) => {
      const id = await put(mailbox, "7", "…");
      equal(await outbox.show(direct("7"), id, part("too early")), 0);
      outbox.wake();
      await empty(mailbox);
      const showing = outbox.show(direct("7"), id, part("half"));
      await channel.until(() => channel.log.length === 1);
      await mailbox.changeOutbound({ id, kind: "plain", part: part("whole") });
      outbox.wake();
      await mailbox.countMail();
      slow.resolve(null);
      await showing;
      await empty(mailbox);
      deepEqual(channel.texts("7"), ["<b>whole</b>"]);
      deepEqual(channel.log.slice(1), ["edit 1: <b>half</b>", "edit 1: <b>whole</b>"]);
    });
  }));
