/** The thread of a Telegram bot, with its real permissions, and the service. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../../src/base/app_error.ts";
import { ADA, BOT } from "../../fakes/channels/telegram/world.ts";
import { messagesOf, partOf, placeOf, telegramKit } from "./telegram_kit.ts";

const coded = (wanted: string) => (error: unknown) =>
  error instanceof AppError && error.code === wanted;

const send = { isPlain: false, key: "k1", replyTo: null };

Deno.test("a bot says who it is, is written to, answers, and its answer grows", async () => {
  await using kit = await telegramKit();
  const { client, service: { world } } = kit;
  deepEqual(await client.identify(), {
    id: String(BOT.id),
    username: BOT.username,
    name: BOT.first_name,
    team: null,
  });
  const chat = world.direct();
  const inbox = kit.receive();
  await inbox.until((events) => events.some(({ type }) => type === "connected"));
  const id = world.say(chat, "hello");
  const [message] = messagesOf(await inbox.until((events) => messagesOf(events).length === 1));
  deepEqual(message, {
    eventId: `${ADA.id}:${id}`,
    place: placeOf(chat),
    sender: { id: String(ADA.id), name: "Ada L.", isBot: false },
    messageId: String(id),
    text: "hello",
    isAddressed: true,
    files: [],
    atMs: world.now,
  });
  const place = placeOf(chat);
  const sent = await client.send({
    ...send,
    place,
    part: partOf("<b>Hi</b>"),
    replyTo: String(id),
  });
  ok(sent.type === "sent");
  const { messageId } = sent;
  equal(world.sent(chat)[0]?.replyTo, id);
  const part = partOf("<b>Hi</b> Ada", [[{ label: "Yes", data: "a:1:once" }]]);
  const edited = { place, messageId, part, isPlain: false };
  deepEqual(await client.edit(edited), sent);
  // Once more, as after a crash: it is so already.
  deepEqual(await client.edit(edited), sent);
  const shown = world.sent(chat);
  deepEqual(shown.map(({ text, edits }) => [text, edits]), [["Hi Ada", ["Hi"]]]);
  world.press(chat, Number(messageId), "a:1:once");
  const events = await inbox.until((all) => all.some(({ type }) => type === "press"));
  const press = events.find((one) => one.type === "press")!.press;
  deepEqual([press.data, press.messageId, press.sender.id], [
    "a:1:once",
    messageId,
    String(ADA.id),
  ]);
  await client.answerPress({ pressId: press.pressId, place, text: "Done" });
  equal(world.presses.get(press.pressId), "Done");
  await client.typing(place);
  deepEqual(kit.service.told.actions, [{ chat: ADA.id, thread: null, action: "typing" }]);
});

Deno.test("what is not stored comes again; what is, is confirmed with the next request", async () => {
  await using kit = await telegramKit();
  const { world } = kit.service;
  const chat = world.direct();
  world.say(chat, "one");
  world.say(chat, "two");
  const first = kit.receive(null, false);
  const events = await first.until((all) => messagesOf(all).length === 2);
  // Nothing was asked for since: the service still has both.
  equal(kit.service.to("getUpdates").length, 1);
  equal(world.updates.length, 2);
  await kit.restart();
  const second = kit.receive(null, false);
  deepEqual(
    messagesOf(await second.until((all) => messagesOf(all).length === 2)),
    messagesOf(events),
  );
  await kit.restart();
  const { cursor } = events.findLast((one) => one.type === "message")!;
  const third = kit.receive(cursor);
  await third.until((all) => all.some(({ type }) => type === "connected"));
  equal(world.updates.length, 0);
  world.say(chat, "three");
  const texts = messagesOf(await third.until((all) => messagesOf(all).length === 1));
  deepEqual(texts.map(({ text }) => text), ["three"]);
});

Deno.test("a token of no bot ends receiving for good; the error has no token", async () => {
  await using kit = await telegramKit();
  kit.service.isRevoked = true;
  await rejects(kit.client.identify(), coded("channel.token"));
  const inbox = kit.receive();
  const error = await inbox.ended.then(() => null, (thrown: AppError) => thrown);
  equal(error?.code, "channel.token");
  match(error?.hint ?? "", /BotFather/);
  ok(![error?.message, error?.hint, error?.stack].join().includes("canary"));
});
