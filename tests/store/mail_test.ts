import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Mailbox } from "../../src/kernel/mail_ports.ts";
import type { ChatPlace, InboundMessage } from "../../src/model/channels/message.ts";
import { KEY, startWorker, using, wasmModule, withFolder } from "./store_kit.ts";

const part = (text: string) => ({ text, plain: text });

function message(event: string, chat = "7"): InboundMessage {
  return {
    eventId: event,
    place: { channel: "telegram", chat, thread: null, kind: "direct" },
    sender: { id: "1", name: "Ada", isBot: false },
    messageId: `m${event}`,
    text: `text ${event}`,
    isAddressed: true,
    files: [],
    atMs: 5,
  };
}

const accept = (
  mailbox: Mailbox,
  one: InboundMessage,
  more: { cursor?: string; limit?: number } = {},
) =>
  mailbox.acceptInbound({
    channel: one.place.channel,
    cursor: more.cursor ?? null,
    message: one,
    lane: "turn",
    limit: more.limit ?? 10,
    full: part("full"),
  });

const next = (mailbox: Mailbox, busy: string[] = []) =>
  mailbox.nextInbound({ lane: "turn", busy, limit: 10 });

const take = (mailbox: Mailbox, busy: string[] = []) =>
  mailbox.takeOutbound({ channel: "telegram", busy, limit: 10 });

Deno.test("a message is taken once, with its cursor, and waits in the order of its place", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      equal(await accept(mailbox, message("1"), { cursor: "11" }), "taken");
      equal(await accept(mailbox, message("2", "8")), "taken");
      equal(await accept(mailbox, message("3")), "taken");
      equal(await accept(mailbox, message("1"), { cursor: "12" }), "known");
      equal(await mailbox.readCursor("telegram"), "12");
      equal(await mailbox.readCursor("slack"), null);
      deepEqual((await next(mailbox)).map((row) => row.message.eventId), ["1", "2"]);
      deepEqual(
        (await next(mailbox, ['["telegram","7"]'])).map((row) => row.message.eventId),
        ["2"],
      );
      deepEqual((await next(mailbox))[0]?.message, message("1"));
    })
  ));

Deno.test("a chat with another id: its conversations, with their threads and roles, and what waits go on", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const place = (chat: string, thread: string | null) =>
        ({ channel: "telegram", chat, thread, kind: "group" }) as const;
      const open = (key: string, chat: string, thread: string | null = null) =>
        openChat(mailbox, key, place(chat, thread));
      const whole = await open('["telegram","-1"]', "-1");
      const thread = await open('["telegram","-1","5"]', "-1", "5");
      const guest = await open('guest:["telegram","-1"]', "-1");
      await mailbox.chooseModel({ key: '["telegram","-1"]', model: "lab/large" });
      const other = await open('["telegram","-12"]', "-12");
      // Somebody wrote there before it was told: that conversation stays.
      const early = await open('["telegram","-9","5"]', "-9", "5");
      await mailbox.chooseModel({ key: '["telegram","-1","5"]', model: "lab/small" });
      await accept(mailbox, message("1", "-1"));
      for (let times = 0; times < 2; times++) {
        await mailbox.moveChat({ channel: "telegram", from: "-1", to: "-9" });
      }
      await mailbox.moveChat({ channel: "slack", from: "-12", to: "-9" });
      const now = (key: string) => mailbox.findChat(key);
      deepEqual(
        [
          await now('["telegram","-9"]'),
          await now('guest:["telegram","-9"]'),
          await now('["telegram","-9","5"]'),
          await now('["telegram","-12"]'),
          await now('["telegram","-1"]'),
        ],
        [whole, guest, early, other, null],
      );
      equal(await now('["telegram","-1","5"]'), thread);
      equal(await mailbox.chosenModel('["telegram","-9","5"]'), "lab/small");
      await accept(mailbox, message("2", "-9"));
      equal(await mailbox.chosenModel('["telegram","-9"]'), "lab/large");
      equal(await mailbox.chosenModel('["telegram","-1"]'), null);
      await mailbox.chooseModel({ key: '["telegram","-9"]', model: null });
      equal(await mailbox.chosenModel('["telegram","-9"]'), null);
      // One place, one order.
      const [row, ...rest] = await next(mailbox);
      deepEqual([row?.message.place.chat, row?.message.eventId, rest], ["-9", "1", []]);
    })
  ));

/** The session of a conversation, as a message elsewhere opens it. */
async function openChat(mailbox: Mailbox, key: string, place: ChatPlace): Promise<string> {
  const elsewhere = `opener-${crypto.randomUUID()}`;
  await accept(mailbox, message(elsewhere, elsewhere));
  const row = (await next(mailbox)).find(({ message }) => message.eventId === elsewhere);
  const { sessionId } = await mailbox.takeUpInbound({ id: row!.id, key, place, workspace: "/w" });
  await mailbox.finishInbound({ id: row!.id, turn: null, liveId: null, replies: [] });
  return sessionId;
}

Deno.test("a turn begins and ends with its message: the same message is not worked on again", () =>
  withFolder(async (dataDir) => {
    let sessionId = "";
    await using(dataDir, async ({ mailbox }) => {
      await accept(mailbox, message("1"));
      const { place } = message("1");
      const [row] = await next(mailbox);
      const taken = { id: row!.id, key: "k", place, workspace: "/w" };
      const first = await mailbox.takeUpInbound(taken);
      sessionId = first.sessionId;
      deepEqual(await mailbox.takeUpInbound(taken), { attempts: 2, sessionId });
      equal(await mailbox.findChat("k"), sessionId);
      await mailbox.beginInbound({ id: row!.id, sessionId, message: { text: "hello" } });
      await rejects(
        mailbox.beginInbound({ id: row!.id, sessionId, message: { text: "hello" } }),
        { code: "store.no_message" },
      );
    });
    await using(dataDir, async (store) => {
      const { mailbox } = store;
      const [row] = await next(mailbox);
      equal(row?.sessionId, sessionId, "it was begun by the process before");
      // It stays where it was begun, whatever its conversation is now.
      const taken = { id: row!.id, key: "else", place: message("1").place, workspace: "/w" };
      deepEqual(await mailbox.takeUpInbound(taken), { attempts: 3, sessionId });
      equal(await mailbox.findChat("else"), null);
      const answer = { text: "hi", toolCalls: [], model: "m", usage: null };
      const end = {
        id: row!.id,
        turn: { sessionId, outcome: "complete", reason: null, answer },
        liveId: null,
        replies: [part("a"), part("b")],
      } as const;
      await mailbox.finishInbound(end, [
        { kind: "turn", sessionId, subject: "complete", detail: {} },
      ]);
      await rejects(mailbox.finishInbound(end), { code: "store.no_message" });
      deepEqual(await next(mailbox), []);
      const loaded = await store.loadSession(sessionId);
      deepEqual(loaded?.messages, [
        { role: "user", text: "hello" },
        { role: "assistant", text: "hi", toolCalls: [] },
      ]);
      equal(loaded?.lastTurn?.outcome, "complete");
      equal(await accept(mailbox, message("1")), "known", "it is remembered when it is done");
      deepEqual(await mailbox.countMail(), { inbound: 0, outbound: 2 });
      const [first] = await take(mailbox);
      deepEqual([first?.part, first?.replyTo, first?.isUnsure], [part("a"), "m1", false]);
      equal(first?.key, `${row!.key}-0`);
    });
  }));

Deno.test("a row that was being sent when its process ended is unsure, one that is changed is sent again", () =>
  withFolder(async (dataDir) => {
    const put = (mailbox: Mailbox, text: string) =>
      mailbox.putOutbound({
        kind: "plain",
        place: message("1").place,
        part: part(text),
        replyTo: null,
        inboundId: null,
      });
    await using(dataDir, async ({ mailbox }) => {
      await put(mailbox, "a");
      await put(mailbox, "b");
      const rows = await take(mailbox);
      deepEqual(rows.map((row) => [row.part.plain, row.isUnsure]), [["a", false]], "in order");
    });
    await using(dataDir, async ({ mailbox }) => {
      const [row] = await take(mailbox);
      deepEqual([row?.part.plain, row?.isUnsure, row?.isRepeat], ["a", true, false]);
      await mailbox.putBack({ id: row!.id, how: "repeat" });
      const [again] = await take(mailbox);
      deepEqual([again?.isUnsure, again?.isRepeat], [false, true]);
      await mailbox.changeOutbound({ id: row!.id, kind: "plain", part: part("a2") });
      await mailbox.markSent({ id: row!.id, messageId: "90", revision: again!.revision });
      equal(await mailbox.sentAs(row!.id), null, "it was changed meanwhile");
      const [edit] = await take(mailbox);
      deepEqual([edit?.part.plain, edit?.messageId], ["a2", "90"]);
      await mailbox.markSent({ id: edit!.id, messageId: "90", revision: edit!.revision });
      deepEqual(await mailbox.sentAs(row!.id), { messageId: "90", revision: 1 });
      const [b] = await take(mailbox);
      equal(b?.part.plain, "b");
      await mailbox.giveUpOutbound({ id: b!.id, why: "blocked" });
      deepEqual(await take(mailbox), []);
    });
  }));

Deno.test("the live answer becomes the first reply, and a parked one stays live", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      await accept(mailbox, message("1"));
      const [row] = await next(mailbox);
      const { place } = message("1");
      await mailbox.takeUpInbound({ id: row!.id, key: "k", place, workspace: "/w" });
      await mailbox.parkInbound({ id: row!.id, liveId: null, part: part("parked") });
      const liveId = await mailbox.liveOutbound(row!.id);
      equal((await next(mailbox))[0]?.attempts, 0);
      await mailbox.finishInbound({
        id: row!.id,
        turn: null,
        liveId,
        replies: [part("one"), part("two")],
      });
      equal(await mailbox.liveOutbound(row!.id), null);
      const [first] = await take(mailbox);
      deepEqual([first?.id, first?.part], [liveId, part("one")]);
    })
  ));

Deno.test("a session that is deleted takes its mail along", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const { mailbox } = store;
      await accept(mailbox, message("1"));
      const { place } = message("1");
      const sessionId = await openChat(mailbox, "k", place);
      const [row] = await next(mailbox);
      await mailbox.beginInbound({ id: row!.id, sessionId, message: { text: "hello" } });
      await mailbox.finishInbound({ id: row!.id, turn: null, liveId: null, replies: [part("a")] });
      equal(await store.deleteSession(sessionId, []), true);
      deepEqual(await mailbox.countMail(), { inbound: 0, outbound: 0 });
      equal(await accept(mailbox, message("1")), "known");
      equal(await openChat(mailbox, "k", place) === sessionId, false);
    })
  ));

Deno.test("questions of a former process are found", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const { place } = message("1");
      const id = await mailbox.putOutbound({
        kind: "question",
        place,
        part: part("may I?"),
        replyTo: null,
        inboundId: null,
      });
      deepEqual((await mailbox.openQuestions()).map((one) => one.id), [id]);
      await mailbox.changeOutbound({ id, kind: "plain", part: part("over") });
      deepEqual(await mailbox.openQuestions(), []);
    })
  ));

Deno.test("a place takes no more than its limit and says so once; what is done is swept", () =>
  withFolder((dataDir) => {
    let nowMs = 1_000;
    return using(dataDir, async ({ mailbox }) => {
      const results = [];
      for (let i = 0; i < 5; i++) {
        results.push(await accept(mailbox, message(`${i}`), { limit: 2 }));
      }
      deepEqual(results, ["taken", "taken", "last", "full", "full"]);
      deepEqual((await take(mailbox)).map((row) => row.part.plain), ["full"]);
      const [row] = await next(mailbox);
      await mailbox.finishInbound({ id: row!.id, turn: null, liveId: null, replies: [] });
      nowMs = 10_000;
      await mailbox.sweepMail({ doneMs: 5_000, unsentMs: 5_000 });
      deepEqual(await mailbox.countMail(), { inbound: 2, outbound: 0 });
      equal(await accept(mailbox, message("0")), "taken", "forgotten with its row");
      await mailbox.sweepMail({ doneMs: 20_000, unsentMs: 5_000 });
      deepEqual(await mailbox.countMail(), { inbound: 3, outbound: 0 });
    }, { now: () => nowMs });
  }));

Deno.test("the mailbox is there over the wire, too, and what it reads is parsed", () =>
  withFolder(async (dataDir) => {
    await Deno.mkdir(dataDir, { recursive: true });
    const { store, end } = startWorker(dataDir);
    try {
      await store.open({ dataDir, module: wasmModule(), keyHex: KEY });
      equal(await accept(store, message("1"), { cursor: "5" }), "taken");
      equal(await store.readCursor("telegram"), "5");
      deepEqual((await next(store))[0]?.message, message("1"));
      deepEqual(await store.countMail(), { inbound: 1, outbound: 0 });
    } finally {
      await store.close();
      end();
    }
  }));
