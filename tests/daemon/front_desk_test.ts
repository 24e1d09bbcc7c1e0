/** What becomes of a message before any model sees it. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { createFrontDesk, type GivenCommand } from "../../src/daemon/front_desk.ts";
import { receiveMail } from "../../src/daemon/inbox.ts";
import { Pairings } from "../../src/kernel/channels/pairing.ts";
import type { ChannelSettings } from "../../src/model/channels/channel.ts";
import type { ChatPlace, InboundMessage } from "../../src/model/channels/message.ts";
import { ChatChannel } from "../fakes/chat_channel.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { using, withFolder } from "../store/store_kit.ts";

const TOKEN = "7000:AA-token-of-a-new-bot_0123456789abc";

function desk(settings: Partial<ChannelSettings> = {}) {
  let bot: ChannelSettings = {
    name: "telegram",
    kind: "telegram",
    enabled: true,
    owners: ["1"],
    allow: ["2"],
    strangers: "pair",
    guestsPerHour: 60,
    groups: "mention",
    groupAllow: [],
    threads: true,
    apiUrl: "https://api.telegram.org/",
    ...settings,
  };
  let count = 0;
  const random = { fraction: () => (count = (count * 5 + 7) % 1009) / 1009 };
  const clock = new FakeClock();
  const pairings = new Pairings({ clock, random });
  const given: GivenCommand[] = [];
  const removed: string[] = [];
  const front = createFrontDesk({
    pairings,
    clock,
    channelOf: (name) => name === bot.name ? bot : null,
    letIn: ({ list, id }) => {
      bot = { ...bot, [list]: [...bot[list], id] };
      return Promise.resolve();
    },
    run: (command) => {
      given.push(command);
      return Promise.resolve({ text: `did ${command.name}` });
    },
    remove: ({ messageId }: { readonly messageId: string }) => {
      removed.push(messageId);
      return Promise.resolve(true);
    },
  });
  return { front, pairings, given, removed, clock };
}

let made = 0;

function said(text: string, id = "1", more: Partial<InboundMessage> = {}): InboundMessage {
  const place: ChatPlace = { channel: "telegram", chat: id, thread: null, kind: "direct" };
  return {
    eventId: `e${++made}`,
    place,
    sender: { id, name: `Nr. ${id}`, isBot: false },
    messageId: `m${made}`,
    text,
    isAddressed: true,
    files: [],
    atMs: 0,
    ...more,
  };
}

Deno.test("words go to a model, commands to their own line, and what is nobody's to none", () => {
  const { front } = desk();
  equal(front.laneOf(said("hello")), "turn");
  equal(front.laneOf(said("/cost")), "command");
  equal(front.laneOf(said("/cots")), "command");
  equal(front.laneOf(said("/cost", "2")), "command");
  equal(front.laneOf(said("hello", "2")), "turn");
  equal(front.laneOf(said("  ")), null);
  equal(desk({ strangers: "ignore" }).front.laneOf(said("hello", "3")), null);
  const bot = { sender: { id: "3", name: "", isBot: true } };
  equal(front.laneOf(said("hello", "3", bot)), null);
  equal(front.laneOf(said("hello", "1", { place: { ...said("").place, channel: "gone" } })), null);
});

Deno.test("a stranger gets a code once, and the owner lets them in by it", async () => {
  const { front, pairings } = desk();
  equal(front.laneOf(said("hello", "3")), "command");
  const offered = await front.answer(said("hello", "3"));
  match(offered?.text ?? "", /give its owner this code: [2-9A-Z]{4}-[2-9A-Z]{4}/);
  equal(front.laneOf(said("hello again", "3")), null);
  equal(await front.answer(said("hello again", "3")), null);
  equal(pairings.list().length, 1);
});

Deno.test("attack: somebody else sends an owner's code late, in a group, or to another bot", async () => {
  const { front, pairings } = desk({ strangers: "ignore" });
  const code = pairings.expectOwner("telegram");
  const group = { place: { ...said("").place, kind: "group" as const } };
  equal(front.laneOf(said(code, "9", group)), null);
  equal(front.laneOf(said("2222-2222", "9")), null);
  pairings.expectOwner("other");
  equal(front.laneOf(said(code, "3")), "command");
  match((await front.answer(said(code, "3")))?.text ?? "", /^Paired/);
  equal(front.roleOf(said("", "3")), "owner");
  // It was good once.
  equal(front.laneOf(said(code, "9")), null);
  equal(front.roleOf(said("", "9")), null);
});

Deno.test("attack: a guest's command is not run, whatever it says", async () => {
  const { front, given } = desk();
  const answer = await front.answer(said("/approve 1 always", "2"));
  match(answer?.text ?? "", /Only the owner/);
  deepEqual(given, []);
});

Deno.test("attack: a bot's token in a chat reaches the store", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const { front, given, removed } = desk();
      const channel = new ChatChannel();
      const stop = new AbortController();
      const running = receiveMail({
        channel: "telegram",
        port: channel,
        mailbox,
        laneOf: front.laneOf,
        kept: front.kept,
        onTaken: () => {},
        onPress: () => {},
        onState: () => {},
      }, stop.signal);
      await channel.receiving;
      const place = { ...said("").place, chat: "5", kind: "group" as const };
      channel.tell({ type: "message", message: said(`/connect telegram ${TOKEN}`) });
      channel.tell({
        type: "message",
        message: said(`/connect telegram ${TOKEN}`, "1", { place }),
      });
      await channel.until(() => channel.confirmed.length === 2);
      stop.abort();
      await running;
      const rows = await mailbox.nextInbound({ lane: "command", busy: [], limit: 9 });
      equal(rows.length, 2);
      doesNotMatch(JSON.stringify(rows), /token-of-a-new-bot/);
      for (const { message } of rows) {
        const answer = await front.answer(message);
        ok(!answer?.text.includes(TOKEN));
        match(answer?.text ?? "", /was deleted/);
      }
      // What this process heard is used once, and only where nobody reads along.
      deepEqual(given.map(({ argument }) => argument), [`telegram ${TOKEN}`]);
      equal(removed.length, 2);
      await front.answer(rows[0]!.message);
      equal(given.at(-1)?.argument, null);
    })
  ));

Deno.test("a slash command is no turn whatever it says, and there is no message of it to delete", async () => {
  const { front, given, removed } = desk();
  const slash = (text: string, id = "1") => said(text, id, { messageId: null });
  equal(front.laneOf(slash("2 + 2?")), "command");
  match((await front.answer(slash("2 + 2?")))?.text ?? "", /^That is no command/);
  match((await front.answer(slash("2 + 2?", "2")))?.text ?? "", /^Only the owner/);
  const connect = slash(`/connect telegram ${TOKEN}`);
  const kept = front.kept(connect);
  doesNotMatch(JSON.stringify(kept), /token-of-a-new-bot/);
  match((await front.answer(kept))?.text ?? "", /^did connect\n\nNo message shows it/);
  deepEqual(given.map(({ argument }) => argument), [`telegram ${TOKEN}`]);
  deepEqual(removed, []);
});

Deno.test("attack: a guest, or a thousand strangers, spend the owner's tokens without end", () => {
  const { front, clock } = desk({ strangers: "public", guestsPerHour: 3 });
  const taken = (id: string) => front.laneOf(said("hello", id)) === "turn";
  deepEqual(Array.from({ length: 5 }, () => taken("2")), [true, true, true, false, false]);
  equal(taken("3"), true);
  // The owner is never held up by that.
  deepEqual(Array.from({ length: 9 }, () => taken("1")).includes(false), false);
  clock.advance(60 * 60 * 1000);
  equal(taken("2"), true);
});
