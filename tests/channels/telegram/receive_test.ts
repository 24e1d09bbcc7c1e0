/** Long polling by a clock of the test's: outages, limits, other pollers, numbers that start anew. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../../src/base/app_error.ts";
import type { ChannelEvent } from "../../../src/compartments/channels/api.ts";
import { BotApi } from "../../../src/compartments/channels/telegram/bot_api.ts";
import { receive, StoredMark } from "../../../src/compartments/channels/telegram/receive.ts";
import type { Fault } from "../../fakes/channels/telegram/service.ts";
import { Refusal } from "../../fakes/channels/telegram/world.ts";
import { receiving } from "./receive_kit.ts";
import { messagesOf } from "./telegram_kit.ts";

const isConnected = ({ type }: ChannelEvent) => type === "connected";
const isMessage = ({ type }: ChannelEvent) => type === "message";
const coded = (wanted: string) => (error: unknown) =>
  error instanceof AppError && error.code === wanted;
const refuse = (code: number, word: string, more = {}): Fault => ({
  type: "refuse",
  refusal: new Refusal(code, word, more),
});
const page = (status: number): Fault => ({
  type: "answer",
  response: new Response("<html>nginx</html>", {
    status,
    headers: { "content-type": "text/html" },
  }),
});
const CONFLICT = refuse(409, "Conflict: terminated by other getUpdates request");

Deno.test("a service that is down is asked after 5, 10, 20, 40, then 60 s; what waited comes", async () => {
  const faults = [
    () => page(502),
    () => refuse(500, "Internal"),
    () => ({ type: "break" }) as const,
    () => page(302),
  ];
  await using one = receiving({
    fault: (method, count) =>
      method !== "getUpdates" || count >= 7 ? null : faults[count % faults.length]!(),
  });
  const waits: number[] = [];
  for (let times = 0; times < 7; times++) waits.push((await one.pause()).waitMs);
  deepEqual(waits, [5, 10, 20, 40, 60, 60, 60].map((seconds) => seconds * 1000));
  one.service.world.say(one.service.world.direct(), "still here?");
  await one.next(isMessage);
  deepEqual(one.events.filter(({ type }) => type !== "waiting").map(({ type }) => type), [
    "connected",
    "message",
  ]);
});

Deno.test("after an outage the next one begins with 5 s again", async () => {
  await using one = receiving({
    fault: (method, count) =>
      method === "getUpdates" && [0, 1, 3].includes(count) ? page(502) : null,
  });
  await one.pause();
  equal((await one.pause()).waitMs, 10_000);
  await one.next(isConnected);
  one.service.endPoll();
  equal((await one.pause()).waitMs, 5_000);
  await one.next(isConnected);
});

Deno.test("after a failure it comes by a new connection: the last one may be dead since a sleep", async () => {
  await using one = receiving({
    fault: (method, count) => method === "getUpdates" && count === 1 ? page(502) : null,
  });
  await one.next(isConnected);
  one.service.endPoll();
  await one.pause();
  await one.next(isConnected);
  const ports = one.service.calls.map(({ fromPort }) => fromPort);
  deepEqual([...new Set(ports)].length, 2, ports.join());
  equal(ports.at(-1) === ports.at(-2), false);
});

Deno.test("nobody answers at all: it says so without the address, in which the token is", async () => {
  await using one = receiving();
  await one.next(isConnected);
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const gone = new BotApi({ token: one.service.token, apiUrl: `http://127.0.0.1:${port}/` });
  const said: ChannelEvent[] = [];
  const controller = new AbortController();
  await receive(null, {
    api: gone,
    channel: "bot",
    time: { clock: one.clock, random: { fraction: () => 0 } },
    stored: new StoredMark(),
    emit(event) {
      said.push(event);
      controller.abort();
    },
  }, controller.signal);
  gone.close();
  ok(said[0]?.type === "waiting");
  match(said[0].why, /Cannot reach Telegram at 127\.0\.0\.1:\d+: could not connect/);
  ok(!JSON.stringify(said).includes("canary"));
});

Deno.test("429: it waits as long as it is told, no more and no less", async () => {
  await using one = receiving({
    fault: (method, count) =>
      method === "getUpdates" && count === 0
        ? refuse(429, "Too Many Requests: retry after 17", { retry_after: 17 })
        : null,
  });
  equal((await one.pause()).waitMs, 17_000);
  await one.next(isConnected);
});

Deno.test("409: another process receives; after five within ten minutes that is said for good", async () => {
  await using one = receiving({ fault: (method) => method === "getUpdates" ? CONFLICT : null });
  for (let times = 0; times < 4; times++) match((await one.pause()).why, /Another process/);
  await rejects(one.ended, coded("channel.taken"));
});

Deno.test("409 now and then, such as of ward's own last connection, ends nothing", async () => {
  await using one = receiving({
    fault: (method, count) => method === "getUpdates" && count % 2 === 1 ? CONFLICT : null,
  });
  for (let times = 0; times < 8; times++) {
    await one.next(isConnected);
    one.service.endPoll();
    await one.pause();
    one.clock.advance(5 * 60_000);
  }
  await one.next(isConnected);
});

Deno.test("attack: a second poller with the same token takes nothing that is not stored here", async () => {
  await using one = receiving();
  const { service } = one;
  const chat = service.world.direct();
  await one.next(isConnected);
  const thief = new BotApi(service);
  // Its request ends ours, and is the one that is given what comes.
  const stolen = thief.methods.getUpdates({ timeout: 30 });
  await one.pause();
  service.world.say(chat, "hello");
  equal((await stolen).length, 1);
  thief.close();
  const event = await one.next(isMessage);
  equal(event.type === "message" && event.message.text, "hello");
});

Deno.test("a webhook of another program: said at once", async () => {
  await using one = receiving({
    fault: (method) =>
      method === "getUpdates"
        ? refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        : null,
  });
  await rejects(
    one.ended,
    (error) => coded("channel.taken")(error) && /webhook/.test((error as Error).message),
  );
});

Deno.test("a token that is revoked later ends it; the service's word for a malformed one, too", async () => {
  for (const fault of [refuse(401, "Unauthorized"), refuse(404, "Not Found")]) {
    await using one = receiving({
      fault: (method, count) => method === "getUpdates" && count === 1 ? fault : null,
    });
    await one.next(isConnected);
    one.service.endPoll();
    await rejects(one.ended, coded("channel.token"));
  }
});

Deno.test("nothing more is asked for until all of it is stored; then the number after it", async () => {
  await using one = receiving({
    isKept: false,
    before({ world }) {
      for (let number = 0; number < 150; number++) world.say(world.direct(), `n${number}`);
    },
  });
  const polls = () => one.service.to("getUpdates").map(({ offset }) => offset);
  while (messagesOf(one.events).length < 100) await one.next(isMessage);
  deepEqual(polls(), [undefined]);
  one.stored.reach(99);
  equal(one.service.world.updates.length, 150);
  one.stored.reach(100);
  while (messagesOf(one.events).length < 150) await one.next(isMessage);
  deepEqual(polls(), [undefined, 500_000_101]);
  equal(one.service.world.updates.length, 50);
  deepEqual(messagesOf(one.events).map(({ text }) => text), [...Array(150)].map((_, n) => `n${n}`));
  deepEqual(
    one.events.flatMap((event) => "seq" in event ? [event.seq] : []),
    [
      ...Array(150).keys(),
    ].map((n) => n + 1),
  );
});

Deno.test("after a quiet week numbers start anew, lower or higher: each message comes once", async () => {
  for (const restart of [1_000, 2_000_000_000]) {
    await using one = receiving({
      cursor: "500000000",
      before: ({ world }) => world.restartNumbers(restart),
    });
    const { world } = one.service;
    await one.next(isConnected);
    for (const text of ["one", "two", "three"]) {
      world.say(world.direct(), text);
      await one.next(isMessage);
    }
    one.service.endPoll();
    deepEqual(messagesOf(one.events).map(({ text }) => text), ["one", "two", "three"]);
  }
});

Deno.test("an answer that broke off is asked for again: nothing is lost", async () => {
  await using one = receiving({
    fault: (method, count) => method === "getUpdates" && count === 1 ? { type: "break" } : null,
  });
  await one.next(isConnected);
  one.service.world.say(one.service.world.direct(), "hello");
  await one.pause();
  await one.next(isMessage);
  equal(messagesOf(one.events).length, 1);
});

Deno.test("an update of no known form holds up nothing", async () => {
  await using one = receiving({
    before({ world }) {
      world.update({ message: { strange: true } });
      world.say(world.direct(), "after it");
    },
  });
  await one.next(isMessage);
  const told = one.events.flatMap((event) => "cursor" in event ? [[event.type, event.cursor]] : []);
  deepEqual(told, [["skip", "500000001"], ["message", "500000002"]]);
});

Deno.test("cancelled while it polls, pauses, or waits for the disk, it ends at once", async () => {
  {
    await using polls = receiving();
    await polls.next(isConnected);
    polls.controller.abort();
    await polls.ended;
  }
  {
    await using pauses = receiving({ fault: () => page(502) });
    await pauses.next(({ type }) => type === "waiting");
    pauses.controller.abort();
    await pauses.ended;
  }
  await using waits = receiving({
    isKept: false,
    before: ({ world }) => void world.say(world.direct(), "hello"),
  });
  await waits.next(isMessage);
  waits.controller.abort();
  await waits.ended;
});
