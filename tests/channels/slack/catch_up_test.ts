/** What was written while nobody received is read afterwards. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { Position } from "../../../src/compartments/channels/slack/socket_mode/catch_up.ts";
import { type FakeSlack, startSlack } from "../../fakes/channels/slack/start.ts";
import { startSlackBot } from "./slack_bot.ts";

/** What a person wrote while Slack gave up to send it: it is in the channel and no event. */
function sayUnheard(slack: FakeSlack, chat: string, text: string, thread?: string): string {
  const channel = slack.workspace.channels.get(chat)!;
  const more = thread === undefined ? {} : { thread_ts: thread };
  return slack.workspace.add(channel, { user: "U0ADA", text, ...more }).ts;
}

Deno.test("what was written while ward was away is read where it heard from last, before what is new", async () => {
  await using slack = startSlack();
  let cursor: string | null = null;
  const thread = slack.say("G0TEAM", "<@U0WARD> begin");
  {
    await using bot = await startSlackBot(slack);
    slack.say("D0ADA", "one");
    for (const _ of ["message", "app_mention", "direct"]) await bot.hear();
    await slack.sockets.until(() => slack.sockets.pending === 0);
    ({ cursor } = bot.events.findLast((event) => event.type === "message")!);
  }
  await slack.sockets.until(() => slack.sockets.open.length === 0);
  sayUnheard(slack, "D0ADA", "two");
  slack.workspace.add(slack.workspace.channels.get("D0ADA")!, { user: "U0WARD", text: "mine" });
  sayUnheard(slack, "D0ADA", "three");
  sayUnheard(slack, "G0TEAM", "in the thread", thread);
  sayUnheard(slack, "G0TEAM", "<@U0WARD> in the group");
  sayUnheard(slack, "C0GENERAL", "<@U0WARD> where it never heard from");
  slack.say("D0ADA", "four");
  await using bot = await startSlackBot(slack, { cursor });
  const heard = [];
  for (let count = 0; count < 5; count++) heard.push(await bot.hear());
  deepEqual(heard.map(({ text, place, isAddressed }) => [text, place.thread, isAddressed]), [
    ["in the group", heard[0]!.messageId, true],
    ["in the thread", thread, false],
    ["two", null, true],
    ["three", null, true],
    ["four", null, true],
  ]);
  equal(new Set(heard.map(({ eventId }) => eventId)).size, 5);
  // The event of what was read already comes, too, and is the same message.
  equal((await bot.hear()).eventId, heard[4]!.eventId);
  await slack.sockets.until(() => slack.sockets.pending === 0);
});

Deno.test("a connection that was lost for hours: what was missed is read, once more where Slack is busy", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  slack.say("D0ADA", "one");
  await bot.hear();
  await slack.sockets.until(() => slack.sockets.pending === 0);
  slack.sockets.closeAll();
  const { waitMs } = await bot.next("waiting");
  sayUnheard(slack, "D0ADA", "two");
  slack.script = (method, _form, count) =>
    method === "conversations.history" && count === 0
      ? new Response("{}", { status: 429, headers: { "retry-after": "1" } })
      : null;
  bot.clock.advance(waitMs);
  await bot.next("connected");
  while (slack.to("conversations.history").length < 1 || bot.clock.waiting < 2) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  bot.clock.advance(10_000);
  equal((await bot.hear()).text, "two");
});

Deno.test("a cursor that cannot be read, and a chat that may not be looked into, hold up nothing", async () => {
  await using slack = startSlack();
  slack.workspace.addChannel({ id: "G0SECRET", kind: "private" }, false);
  const place = { chat: "G0SECRET", thread: null, kind: "group", ts: "1.0" };
  for (const cursor of ["", "{", "[1]", JSON.stringify([place])]) {
    await using bot = await startSlackBot(slack, { cursor });
    await bot.next("connected");
    slack.say("D0ADA", "hello");
    equal((await bot.hear()).text, "hello");
    await slack.sockets.until(() => slack.sockets.pending === 0);
  }
});

Deno.test("property: a position keeps the newest of 30 chats, and reads back what it wrote", () => {
  const said = fc.record({
    chat: fc.constantFrom(...Array.from({ length: 50 }, (_, number) => `C${number}`)),
    at: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(fc.property(fc.array(said, { maxLength: 120 }), (all) => {
    const position = new Position(null);
    const newest = new Map<string, number>();
    for (const { chat, at } of all) {
      const place = { channel: "slack", chat, thread: null, kind: "group" as const };
      const sender = { id: "U1", name: "U1", isBot: false };
      const messageId = `${at}.000100`;
      const facts = { eventId: "", text: "", isAddressed: false, files: [], atMs: 0 };
      position.note({ place, sender, messageId, ...facts });
      const before = newest.get(chat) ?? 0;
      newest.delete(chat);
      newest.set(chat, Math.max(before, at));
      if (newest.size > 30) newest.delete(newest.keys().next().value!);
    }
    const kept = position.places.map(({ chat, ts }) => [chat, Number(ts.split(".")[0])]);
    deepEqual(kept, [...newest]);
    deepEqual(new Position(position.toText()).places, position.places);
  }));
});
