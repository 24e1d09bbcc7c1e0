/** The session at the gateway: kept, gone on with, lost, and what the kernel is told meanwhile. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { bareBot, connected, messages, somebody, startBot } from "./discord_kit.ts";

Deno.test("a lost connection is gone on with at once, and what came meanwhile is told in order", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  service.say(chat, user, "one");
  await receiving.until(messages(1));
  service.gateway.drop();
  for (const text of ["two", "three"]) service.say(chat, user, text);
  await receiving.until(messages(3));
  deepEqual(receiving.texts, ["one", "two", "three"]);
  deepEqual([service.gateway.counts.identified, service.gateway.counts.resumed], [1, 1]);
  deepEqual(receiving.events.filter(({ type }) => type === "waiting"), []);
  await receiving.stop();
});

Deno.test("a connection that is lost again within a minute is made anew after some seconds", async () => {
  await using service = new DiscordService();
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  service.gateway.askReconnect();
  await receiving.until(connected(2));
  const waits = () => receiving.events.flatMap((one) => one.type === "waiting" ? one.waitMs : []);
  for (const [times, waitMs] of [[3, 5000], [4, 10_000], [5, 20_000]] as const) {
    service.gateway.askReconnect();
    await receiving.until(() => waits().at(-1) === waitMs);
    bot.clock.advance(waitMs);
    await receiving.until(connected(times));
  }
  bot.clock.advance(60_000);
  service.gateway.askReconnect();
  await receiving.until(connected(6));
  deepEqual(waits(), [5000, 10_000, 20_000]);
  await receiving.stop();
});

Deno.test("a thread that is killed goes on from what is stored: what was told and not stored comes again", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const cursor = await (async () => {
    await using bot = await startBot(service);
    const receiving = bot.receive();
    await receiving.until(connected(1));
    service.say(chat, user, "stored");
    await receiving.until(messages(1));
    return receiving.cursor;
  })();
  await service.until(() => service.gateway.connections === 0, "the thread's connection ends");
  service.say(chat, user, "told, not stored");
  await using bot = await startBot(service);
  const first = bot.receive(cursor, false);
  await first.until(messages(1));
  await first.stop();
  service.say(chat, user, "while nobody listened");
  const second = bot.receive(cursor);
  await second.until(messages(2));
  deepEqual(second.texts, ["told, not stored", "while nobody listened"]);
  equal(service.gateway.counts.identified, 1);
  await second.stop();
});

Deno.test("what was written while a session was lost is read from the history of its chats", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const bot = await bareBot(service);
  const first = bot.receive();
  await first.until(connected(1));
  service.say(chat, user, "before");
  await first.until(messages(1));
  await first.stop();
  await service.until(() => service.gateway.connections === 0, "the connection ends");
  service.gateway.forgetSessions();
  for (let number = 0; number < 150; number++) service.say(chat, user, `missed ${number}`);

  const second = bot.receive(first.cursor);
  // Discord wants a moment before a new session.
  await second.until((events) => events.some(({ type }) => type === "waiting"));
  bot.clock.advance(5000);
  await second.until(messages(150));
  deepEqual(second.texts, Array.from({ length: 150 }, (_, number) => `missed ${number}`));
  service.say(chat, user, "after");
  await second.until(messages(151));
  equal(service.gateway.counts.identified, 2);
  await second.stop();

  // Nothing of it comes again with the last cursor.
  const third = bot.receive(second.cursor);
  await third.until(connected(1));
  deepEqual(third.texts, []);
  await third.stop();
});

Deno.test("a crash in the middle of what was missed reads the rest after the next start", async () => {
  await using service = new DiscordService();
  const bot = await bareBot(service);
  const people = ["alice", "bob"].map((name) => {
    const user = service.world.user(name);
    return { user, chat: service.world.direct(user) };
  });
  const first = bot.receive();
  await first.until(connected(1));
  for (const { user, chat } of people) service.say(chat, user, "before");
  await first.until(messages(2));
  await first.stop();
  service.gateway.invalidate(false);
  for (const { user, chat } of people) service.say(chat, user, `missed of ${user.username}`);

  const second = bot.receive(first.cursor);
  await second.until((events) => events.some(({ type }) => type === "waiting"));
  bot.clock.advance(5000);
  await second.until(messages(1));
  const afterOne = second.events.find((event) => event.type === "message")?.cursor ?? null;
  await second.stop();
  const third = bot.receive(afterOne);
  await third.until(messages(1));
  deepEqual(third.texts, ["missed of bob"]);
  await third.stop();
});

Deno.test("a session that may be resumed is resumed after op 9", async () => {
  await using service = new DiscordService();
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  service.gateway.invalidate(true);
  await receiving.until((events) => events.some(({ type }) => type === "waiting"));
  bot.clock.advance(5000);
  await receiving.until(connected(2));
  deepEqual([service.gateway.counts.identified, service.gateway.counts.resumed], [1, 1]);
  await receiving.stop();
});

Deno.test("a peer that leaves a heartbeat unanswered is left, and its session is gone on with", async () => {
  await using service = new DiscordService();
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  service.rules.answersHeartbeats = false;
  // The first comes after a share of the interval that chance decides.
  bot.clock.advance(service.rules.heartbeatMs / 2);
  await service.until(() => service.gateway.counts.heartbeats.length === 1, "a heartbeat");
  service.rules.answersHeartbeats = true;
  bot.clock.advance(15_000);
  await receiving.until(connected(2));
  equal(service.gateway.counts.resumed, 1);
  equal(service.gateway.counts.closed.includes(1000), false);
  await receiving.stop();
});

Deno.test("a heartbeat names what is on the disk, and is sent when it is asked for", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const bot = await bareBot(service);
  const receiving = bot.receive(null, false);
  await receiving.until(connected(1));
  const { heartbeats } = service.gateway.counts;
  service.say(chat, user, "not stored");
  await receiving.until(messages(1));
  service.gateway.askHeartbeat();
  await service.until(() => heartbeats.length === 1, "a heartbeat");
  bot.api.stored({ seq: 1 });
  service.gateway.askHeartbeat();
  await service.until(() => heartbeats.length === 2, "a second heartbeat");
  deepEqual(heartbeats, [1, 2]);
  await receiving.stop();
});

Deno.test("what is nothing for ward moves the cursor with a heartbeat alone", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  const { id } = service.world.guild();
  for (let number = 0; number < 3; number++) service.gateway.dispatch("GUILD_UPDATE", { id });
  service.say(chat, user, "hello");
  await receiving.until(messages(1));
  deepEqual(receiving.events.map(({ type }) => type), ["connected", "message"]);
  service.gateway.dispatch("GUILD_UPDATE", { id });
  const { heartbeats } = service.gateway.counts;
  while (!receiving.cursor?.includes('"sequence":6')) {
    const count = heartbeats.length;
    service.gateway.askHeartbeat();
    await service.until(() => heartbeats.length > count, "a heartbeat");
  }
  deepEqual(receiving.events.map(({ type }) => type), ["connected", "message", "skip"]);
  await receiving.stop();
});

Deno.test("while Discord is down the waits grow, and it goes on by itself after", async () => {
  await using service = new DiscordService();
  service.isDown = true;
  const bot = await bareBot(service);
  const receiving = bot.receive();
  for (const [number, waitMs] of [5000, 5000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
    await receiving.until((events) => events.length === number + 1);
    const event = receiving.events[number];
    ok(event?.type === "waiting");
    equal(event.waitMs, waitMs);
    match(event.why, /HTTP 503 of 127\.0\.0\.1/);
    if (waitMs === 60_000) service.isDown = false;
    bot.clock.advance(waitMs);
    if (!service.isDown) break;
  }
  await receiving.until(connected(1));
  await receiving.stop();
});

Deno.test("a bot that connected too often waits until Discord lets it, and asks for no session", async () => {
  await using service = new DiscordService();
  service.rules.startsLeft = 1;
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until((events) => events.some(({ type }) => type === "waiting"));
  const [event] = receiving.events;
  equal(event?.type === "waiting" && event.waitMs, service.rules.startsAfterMs);
  equal(service.gateway.counts.identified, 0);
  service.rules.startsLeft = 1000;
  bot.clock.advance(service.rules.startsAfterMs);
  await receiving.until(connected(1));
  await receiving.stop();
});

Deno.test("a busy server pushes no direct chat out of what is asked about after a lost session", async () => {
  await using service = new DiscordService();
  const { world } = service;
  const { user, chat } = somebody(service);
  const guild = world.guild();
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  service.say(chat, user, "hello");
  for (let number = 0; number < 60; number++) {
    service.say(world.channel(guild), user, "chatter");
    await receiving.until(messages(number + 2));
    // Each channel is asked about, and in a second only so many may be.
    bot.clock.advance(1000);
  }
  equal(receiving.cursor?.includes(chat), true);
  // Of those that it is spoken to in, the last fifty are kept.
  for (let number = 0; number < 50; number++) {
    service.say(world.channel(guild), user, `<@${world.bot.id}> hello`);
    await receiving.until(messages(number + 62));
    bot.clock.advance(1000);
  }
  equal(receiving.cursor?.includes(chat), false);
  ok((receiving.cursor ?? "").length < 4000);
  await receiving.stop();
});
