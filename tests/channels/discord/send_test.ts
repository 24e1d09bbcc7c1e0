/** What goes out to Discord: once, within its limits, and how what it refuses is told. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { ChatPlace, OutboundPart } from "../../../src/model/channels/message.ts";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { bareBot, directPlace } from "./discord_kit.ts";

const PART: OutboundPart = { text: "**hi**", plain: "hi" };

/** A bot with somebody to write to, and a channel of a server. */
async function writing(service: DiscordService) {
  const { world } = service;
  const bot = await bareBot(service);
  const alice = world.user("alice");
  const chat = world.channel(world.guild());
  const direct = directPlace(world.direct(alice));
  const room: ChatPlace = { channel: "discord", chat, thread: null, kind: "group" };
  return {
    ...bot,
    alice,
    direct,
    room,
    send: (place: ChatPlace, key: string, part = PART, replyTo: string | null = null) =>
      bot.api.send({ place, part, isPlain: false, key, replyTo }),
  };
}

/** Texts of the bot in a chat. */
const texts = (service: DiscordService, chat: string) =>
  service.sent(chat).map(({ content }) => content);

Deno.test("a message whose answer was lost is sent again and is there once; another key is another message", async () => {
  await using service = new DiscordService();
  const { send, direct, api } = await writing(service);
  service.losesAnswers = 1;
  deepEqual(await send(direct, "k:0"), {
    type: "failed",
    isUnsure: true,
    why: `HTTP 502 of ${new URL(service.url).host}`,
  });
  const sinceMs = Date.now();
  deepEqual(await api.find({ place: direct, key: "k:0", sinceMs }), { type: "absent" });
  equal((await send(direct, "k:0")).type, "sent");
  equal((await send(direct, "k:1")).type, "sent");
  deepEqual(texts(service, direct.chat), ["**hi**", "**hi**"]);
});

Deno.test("after some minutes a message is found where Discord told of it, and is unsure where it may be one of the bot's", async () => {
  await using service = new DiscordService();
  const { send, direct, api, receive, clock, alice } = await writing(service);
  const sinceMs = clock.now();
  clock.advance(10 * 60_000);
  const find = (key: string) => api.find({ place: direct, key, sinceMs });
  service.say(direct.chat, alice, "hello?");
  deepEqual(await find("k:0"), { type: "absent" });
  await send(direct, "k:0");
  service.rest.forgetNonces();
  deepEqual(await find("k:0"), { type: "unknown" });

  // Told by the gateway, also to a process that starts after the crash.
  const receiving = receive();
  await receiving.until((events) => events.some(({ type }) => type === "connected"));
  const sent = await send(direct, "k:1");
  service.say(direct.chat, alice, "mark");
  await receiving.until((events) => events.some(({ type }) => type === "message"));
  deepEqual(await find("k:1"), {
    type: "found",
    messageId: sent.type === "sent" ? sent.messageId : "",
  });
  await receiving.stop();
  service.isDown = true;
  deepEqual(await find("k:2"), { type: "unknown" });
});

Deno.test("a full bucket is not asked again before its time, and others go on", async () => {
  await using service = new DiscordService();
  const { send, direct, room, clock } = await writing(service);
  service.limit(new RegExp(`^POST channels/${direct.chat}/messages$`), 2, 5);
  deepEqual([(await send(direct, "1")).type, (await send(direct, "2")).type], ["sent", "sent"]);
  const asked = service.requests.length;
  deepEqual(await send(direct, "3"), { type: "limited", afterMs: 5000 });
  equal(service.requests.length, asked);
  equal((await send(room, "4")).type, "sent");
  clock.advance(5000);
  service.refill();
  equal((await send(direct, "3")).type, "sent");
});

Deno.test("a 429 says how long, for its bucket or for all", async () => {
  await using service = new DiscordService();
  const { send, direct, room, clock, api } = await writing(service);
  service.limit(new RegExp(`^POST channels/${direct.chat}/messages$`), 0, 7);
  deepEqual(await send(direct, "1"), { type: "limited", afterMs: 7000 });
  equal((await send(room, "2")).type, "sent");
  service.closesFrontS = 30;
  deepEqual(await send(room, "3"), { type: "limited", afterMs: 30_000 });
  service.closesFrontS = 0;
  const asked = service.requests.length;
  deepEqual(await send(room, "3"), { type: "limited", afterMs: 30_000 });
  deepEqual(
    await api.edit({ place: room, messageId: "1", part: PART, isPlain: false }),
    { type: "limited", afterMs: 30_000 },
  );
  equal(service.requests.length, asked);
  clock.advance(30_000);
  equal((await send(room, "3")).type, "sent");
});

Deno.test("no more than 45 requests go in a second", async () => {
  await using service = new DiscordService();
  const { direct, clock, send, api } = await writing(service);
  const ended = [];
  for (let number = 0; number < 46; number++) ended.push(await send(direct, `k:${number}`));
  deepEqual(ended.filter(({ type }) => type === "sent").length, 45);
  deepEqual(ended.at(-1), { type: "limited", afterMs: 1000 });
  // What only reads waits by itself.
  const identity = api.identify();
  while (clock.waiting === 0) await Promise.resolve();
  clock.advance(1000);
  equal((await identity).username, "ward_bot");
});

Deno.test("what Discord refuses is told with its reason, and a token that is over is not tried again", async () => {
  await using service = new DiscordService();
  const { send, direct, room, api } = await writing(service);
  const long = { text: "x".repeat(2001), plain: "x" };
  deepEqual(await send(direct, "1", long), {
    type: "refused",
    cause: "format",
    word: "HTTP 400, code 50035",
  });
  service.rest.closed.add(room.chat);
  deepEqual(await send(room, "2"), {
    type: "refused",
    cause: "gone",
    word: "50001: Missing Access",
  });
  deepEqual(await send(directPlace("4711"), "3"), {
    type: "refused",
    cause: "gone",
    word: "10003: Unknown Channel",
  });
  Object.assign(service.rules, { token: "MTE2.canary.a-new-one-77aa" });
  const over = { type: "refused", cause: "token", word: "401: Unauthorized" };
  deepEqual(await send(direct, "4"), over);
  const asked = service.requests.length;
  deepEqual(await send(direct, "4"), over);
  await rejects(api.identify(), { code: "channel.token" });
  equal(service.requests.length, asked);
});

Deno.test("where nobody listens nothing was sent, and that is sure", async () => {
  using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const { api } = await bareBot({ apiUrl: `http://127.0.0.1:${port}/api/` });
  const place = directPlace("1");
  deepEqual(await api.send({ place, part: PART, isPlain: false, key: "k", replyTo: null }), {
    type: "failed",
    isUnsure: false,
    why: `could not reach 127.0.0.1:${port}`,
  });
  await rejects(api.identify(), { code: "channel.unreachable" });
});

Deno.test("attack: what a model writes calls nobody and makes Discord fetch no address", async () => {
  await using service = new DiscordService();
  const { send, room, api } = await writing(service);
  const part = { text: "@everyone <@1> http://127.0.0.1:9/?secret", plain: "x" };
  const sent = await send(room, "k", part);
  await api.edit({
    place: room,
    messageId: sent.type === "sent" ? sent.messageId : "",
    part,
    isPlain: false,
  });
  const name = "a.txt";
  const bytes = new Uint8Array([65]);
  await api.sendFile({ place: room, name, mediaType: "text/plain", bytes, caption: "", key: "f" });
  const bodies = service.requests.filter(({ line }) => /(POST|PATCH) .*\/messages/.test(line));
  equal(bodies.length, 3);
  for (const { body } of bodies) {
    match(body, /"allowed_mentions":\{"parse":\[\],"replied_user":false\}/);
    match(body, /"flags":4[,}]/);
  }
});

Deno.test("attack: an id that is none goes into no path", async () => {
  await using service = new DiscordService();
  const { send, direct, api } = await writing(service);
  const asked = service.requests.length;
  for (const id of ["../users/@me", "1/../2", "", "1?x=1", "%2e%2e"]) {
    await rejects(send(directPlace(id), "k"));
    await rejects(send({ ...direct, thread: id }, "k"));
    await rejects(send(direct, "k", PART, id));
    await rejects(api.edit({ place: direct, messageId: id, part: PART, isPlain: false }));
    await rejects(api.remove({ place: direct, messageId: id }));
    await rejects(api.typing(directPlace(id)));
    const all = { sinceMs: null, untilMs: null, limit: 1 };
    await rejects(api.history({ place: directPlace(id), ...all }));
  }
  equal(service.requests.length, asked);
});

Deno.test("a thread is opened by the first message in it, below the message that it hangs from", async () => {
  await using service = new DiscordService();
  const { send, room, alice, api } = await writing(service);
  const begun = service.say(room.chat, alice, "hello");
  const place = { ...room, thread: begun.id };
  await api.typing(place);
  deepEqual(service.rest.typed, [room.chat]);
  const long = { text: `${"word ".repeat(30)}\nmore`, plain: `${"word ".repeat(30)}\nmore` };
  equal((await send(place, "1", long, begun.id)).type, "sent");
  equal((await send(place, "2", PART, begun.id)).type, "sent");
  deepEqual([service.sent(room.chat).length, service.sent(begun.id).length], [0, 2]);
  const { parent_id, name } = service.world.channels.get(begun.id) ?? {};
  deepEqual([parent_id, name], [room.chat, "word ".repeat(12).trim()]);
  await api.typing(place);
  deepEqual(service.rest.typed, [room.chat, begun.id]);

  service.rest.mayOpenThreads = false;
  const other = service.say(room.chat, alice, "hello");
  deepEqual(await send({ ...room, thread: other.id }, "3"), {
    type: "refused",
    cause: "gone",
    word: "50013: Missing Permissions",
  });
  deepEqual(await api.find({ place: { ...room, thread: other.id }, key: "3", sinceMs: 0 }), {
    type: "absent",
  });
});

Deno.test("a message is changed, its buttons are taken away, and it is removed; those of others are not", async () => {
  await using service = new DiscordService();
  const { send, direct, alice, api } = await writing(service);
  const sent = await send(direct, "k", { ...PART, buttons: [[{ label: "Yes", data: "a:1" }]] });
  ok(sent.type === "sent");
  const { messageId } = sent;
  const edit = (part: OutboundPart, isPlain = false) =>
    api.edit({ place: direct, messageId, part, isPlain });
  deepEqual(await edit({ text: "**new**", plain: "new" }), sent);
  const [message] = service.sent(direct.chat);
  deepEqual([message?.content, message?.components], ["**new**", []]);
  deepEqual(await edit({ text: "**new**", plain: "new" }, true), sent);
  deepEqual(texts(service, direct.chat), ["new"]);
  deepEqual(await api.remove({ place: direct, messageId }), sent);
  deepEqual(await api.remove({ place: direct, messageId }), sent);
  deepEqual(await edit(PART), {
    type: "refused",
    cause: "gone",
    word: "10008: Unknown Message",
  });
  const theirs = service.say(direct.chat, alice, "/connect x").id;
  deepEqual(await api.remove({ place: direct, messageId: theirs }), {
    type: "refused",
    cause: "other",
    word: "HTTP 403, code 50003",
  });
});

Deno.test("commands are told to Discord within its rules", async () => {
  await using service = new DiscordService();
  const { api } = await bareBot(service);
  await api.setCommands([
    { name: "model", description: "x".repeat(150) },
    { name: "help", description: "What ward can do" },
  ]);
  deepEqual((service.rest.commands as { name: string }[]).map(({ name }) => name), [
    "model",
    "help",
  ]);
  await rejects(api.setCommands([{ name: "No Name", description: "x" }]), {
    code: "channel.refused",
  });
});

Deno.test("history is the newest between two times, oldest first; what is hidden is said", async () => {
  await using service = new DiscordService();
  const { room, alice, api } = await writing(service);
  const all = Array.from({ length: 230 }, (_, number) => {
    const { id } = service.world.write(room.chat, alice, `m${number}`);
    return id;
  });
  const read = async (
    limit: number,
    sinceMs: number | null = null,
    untilMs: number | null = null,
  ) => (await api.history({ place: room, sinceMs, untilMs, limit })).map(({ text }) => text);
  const names = all.map((_, number) => `m${number}`);
  deepEqual(await read(3), names.slice(-3));
  deepEqual(await read(220), names.slice(-220));
  deepEqual(await read(1000), names);
  deepEqual(await read(1000, Date.now() + 60_000), []);
  deepEqual(await read(1000, null, 0), []);
  deepEqual(await read(1000, Date.now() - 3_600_000, Date.now() + 60_000), names);
  const [first] = await api.history({ place: room, sinceMs: null, untilMs: null, limit: 1 });
  deepEqual([first?.sender.id, first?.messageId], [alice.id, all.at(-1)]);
  service.rest.closed.add(room.chat);
  await rejects(read(1), { code: "channel.no_history" });
});
