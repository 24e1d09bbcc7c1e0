/** A bot's real thread, under its real permissions, against the fake Discord. */
import { deepEqual, equal } from "node:assert/strict";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { directPlace, startBot } from "./discord_kit.ts";

Deno.test("a bot says who it is, receives a direct message, and answers it once", async () => {
  await using service = new DiscordService();
  const { world } = service;
  await using bot = await startBot(service);
  const me = await bot.client.identify();
  deepEqual(me, { id: world.bot.id, username: "ward_bot", name: "Ward", team: null });

  const receiving = bot.receive();
  await receiving.until((events) => events.some(({ type }) => type === "connected"));
  const alice = world.user("alice", "Alice");
  const chat = world.direct(alice);
  const said = service.say(chat, alice, "hello ward");
  await receiving.until((events) => events.some(({ type }) => type === "message"));
  const event = receiving.events.find(({ type }) => type === "message");
  deepEqual(event?.type === "message" && event.message, {
    eventId: said.id,
    place: directPlace(chat),
    sender: { id: alice.id, name: "Alice", isBot: false },
    messageId: said.id,
    text: "hello ward",
    isAddressed: true,
    files: [],
    atMs: event?.type === "message" ? event.message.atMs : 0,
  });

  const send = () =>
    bot.client.send({
      place: directPlace(chat),
      part: { text: "**hi**", plain: "hi" },
      isPlain: false,
      key: "in-1:0",
      replyTo: said.id,
    });
  const first = await send();
  deepEqual(await send(), first);
  deepEqual(service.sent(chat).map(({ content, id }) => ({ content, id })), [
    { content: "**hi**", id: first.type === "sent" ? first.messageId : "" },
  ]);
  equal(service.sent(chat)[0]?.referenced_message?.id, said.id);
  await receiving.stop();
});
