/** How requests end: done, limited, refused and why, or unknown. Each by the thread and the service. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { AppError } from "../../../src/base/app_error.ts";
import { BotApi } from "../../../src/compartments/channels/telegram/bot_api.ts";
import { send } from "../../../src/compartments/channels/telegram/send.ts";
import type { OutboundPart, SendOutcome } from "../../../src/model/channels/message.ts";
import { Limits } from "../../fakes/channels/telegram/limits.ts";
import { type Fault, startTelegram } from "../../fakes/channels/telegram/service.ts";
import { BOB, Refusal } from "../../fakes/channels/telegram/world.ts";
import { partOf, placeOf, type TelegramKit, telegramKit } from "./telegram_kit.ts";

const coded = (wanted: string) => (error: unknown) =>
  error instanceof AppError && error.code === wanted;
const HI = partOf("hi");

/** Sends to Ada, with one fault for it. */
async function sendHi(
  { client, service }: TelegramKit,
  fault: Fault | null = null,
  part: OutboundPart = HI,
  isPlain = false,
): Promise<SendOutcome> {
  service.fault = () => fault;
  try {
    const place = placeOf(service.world.direct());
    return await client.send({ place, part, isPlain, key: "k", replyTo: null });
  } finally {
    service.fault = () => null;
  }
}

const refusal = (code: number, word: string, more = {}): Fault => ({
  type: "refuse",
  refusal: new Refusal(code, word, more),
});
const html = (status: number): Fault => ({
  type: "answer",
  response: new Response("<html>", { status, headers: { "content-type": "text/html" } }),
});
const json = (status: number, text: string): Fault => ({
  type: "answer",
  response: new Response(text, { status, headers: { "content-type": "application/json" } }),
});

/** What the service says, and what it comes to. */
const ENDS: readonly (readonly [string, () => Fault, Partial<SendOutcome>])[] = [
  ["429", () => refusal(429, "Too Many Requests: retry after 7", { retry_after: 7 }), {
    type: "limited",
    afterMs: 7000,
  }],
  ["429 without a time", () => refusal(429, "Too Many Requests"), {
    type: "limited",
    afterMs: 1000,
  }],
  ["blocked", () => refusal(403, "Forbidden: bot was blocked by the user"), {
    type: "refused",
    cause: "gone",
    word: "Forbidden: bot was blocked by the user",
  }],
  ["kicked", () => refusal(403, "Forbidden: bot was kicked from the supergroup chat"), {
    type: "refused",
    cause: "gone",
  }],
  ["no such chat", () => refusal(400, "Bad Request: chat not found"), {
    type: "refused",
    cause: "gone",
  }],
  [
    "muted",
    () => refusal(400, "Bad Request: not enough rights to send text messages to the chat"),
    {
      type: "refused",
      cause: "gone",
    },
  ],
  ["a closed topic", () => refusal(400, "Bad Request: TOPIC_CLOSED"), {
    type: "refused",
    cause: "gone",
  }],
  ["a revoked token", () => refusal(401, "Unauthorized"), { type: "refused", cause: "token" }],
  ["too long a name of a button", () => refusal(400, "Bad Request: BUTTON_TEXT_INVALID"), {
    type: "refused",
    cause: "other",
  }],
  ["an odd word", () => refusal(400, "Bad\u202e Request:\u001b[2J x"), {
    type: "refused",
    cause: "other",
    word: "Bad? Request:?[2J x",
  }],
  ["500", () => refusal(500, "Internal Server Error"), {
    type: "failed",
    isUnsure: true,
    why: "HTTP 500",
  }],
  ["a gateway's 502", () => html(502), { type: "failed", isUnsure: true, why: "HTTP 502" }],
  ["a redirect", () => html(302), { type: "failed", isUnsure: false, why: "HTTP 302" }],
  ["no JSON", () => json(200, "{"), { type: "failed", isUnsure: true }],
  ["another JSON", () => json(200, "[]"), { type: "failed", isUnsure: true }],
  ["a result of another form", () => json(200, '{"ok":true,"result":{}}'), {
    type: "failed",
    isUnsure: true,
  }],
];

Deno.test("each end of a request is told apart, and its words can be shown", async () => {
  await using kit = await telegramKit();
  for (const [what, fault, wanted] of ENDS) {
    const outcome = await sendHi(kit, fault());
    const told = Object.fromEntries(
      Object.keys(wanted).map((key) => [key, outcome[key as keyof SendOutcome]]),
    );
    deepEqual(told, wanted, what);
    ok(!JSON.stringify(outcome).includes("canary"));
  }
  deepEqual(kit.service.world.texts(kit.service.world.direct()), []);
});

Deno.test("a connection that breaks after the message arrived: it is there once, and that is unsure", async () => {
  await using kit = await telegramKit();
  const { world } = kit.service;
  // A kept connection: there Deno's fetch would make the request anew by itself.
  equal((await sendHi(kit)).type, "sent");
  deepEqual(await sendHi(kit, { type: "break" }), {
    type: "failed",
    isUnsure: true,
    why: "the connection broke",
  });
  deepEqual(world.texts(world.direct()), ["hi", "hi"]);
  equal(kit.service.to("sendMessage").length, 2);
});

Deno.test("nobody listens: nothing was sent, for sure, and what asks says where", async () => {
  await using kit = await telegramKit();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const apiUrl = `http://127.0.0.1:${free.addr.port}/`;
  free.close();
  const { token } = kit.service;
  // The thread may reach the service alone: another address is refused by the runtime.
  await kit.client.configure({ name: "bot", token, appToken: null, apiUrl, threads: false });
  const outcome = await sendHi(kit);
  deepEqual(outcome, { type: "failed", isUnsure: false, why: "could not connect" });
  await rejects(kit.client.identify(), (error) => {
    ok(coded("channel.unreachable")(error));
    match((error as Error).message, /127\.0\.0\.1:\d+: could not connect/);
    return !JSON.stringify([error, (error as Error).stack]).includes("canary");
  });
});

Deno.test("markup that the service cannot parse, or text that is too long, is told from the rest", async () => {
  await using kit = await telegramKit();
  const broken = await sendHi(kit, null, partOf("<b>bold</i>"));
  deepEqual([broken.type, "cause" in broken && broken.cause], ["refused", "format"]);
  const long = await sendHi(kit, null, partOf("x".repeat(4097)));
  deepEqual([long.type, "cause" in long && long.cause], ["refused", "format"]);
  const plain = await sendHi(kit, null, { text: "<b>bold</i>", plain: "a < b & c" }, true);
  equal(plain.type, "sent");
  deepEqual(kit.service.world.texts(kit.service.world.direct()), ["a < b & c"]);
  equal(kit.service.to("sendMessage").at(-1)?.["parse_mode"], undefined);
});

Deno.test("attack: an address that a model wrote is fetched by nobody: no previews", async () => {
  await using kit = await telegramKit();
  await sendHi(kit, null, partOf('<a href="https://evil.example/?q=secret">x</a>'));
  deepEqual(kit.service.to("sendMessage")[0]?.["link_preview_options"], { is_disabled: true });
});

Deno.test("a bot that was blocked, a chat it was never in, a topic that is gone", async () => {
  await using kit = await telegramKit();
  const { client, service: { world } } = kit;
  const forum = world.chat({ id: -1001, type: "supergroup", isForum: true });
  forum.topics.add(5);
  const to = (place = placeOf(forum)) =>
    client.send({ place, part: HI, isPlain: false, key: "k", replyTo: null });
  equal((await to(placeOf(forum, 5))).type, "sent");
  equal(world.sent(forum)[0]?.thread, 5);
  forum.topics.delete(5);
  const lost = await to(placeOf(forum, 5));
  deepEqual([lost.type, "cause" in lost && lost.cause], ["refused", "gone"]);
  world.direct(BOB).refusal = new Refusal(403, "Forbidden: bot was blocked by the user");
  const blocked = await to(placeOf(world.direct(BOB)));
  deepEqual([blocked.type, "cause" in blocked && blocked.cause], ["refused", "gone"]);
  const unknown = await to({ ...placeOf(forum), chat: "-77" });
  deepEqual([unknown.type, "cause" in unknown && unknown.cause], ["refused", "gone"]);
});

Deno.test("a group that has become a supergroup: what goes to its old id arrives", async () => {
  await using kit = await telegramKit();
  const { client, service: { world } } = kit;
  const old = world.chat({ id: -100, type: "group" });
  const now = world.chat({ id: -100200, type: "supergroup" });
  const word = "Bad Request: group chat was upgraded to a supergroup chat";
  old.refusal = new Refusal(400, word, { migrate_to_chat_id: now.id });
  const place = placeOf(old);
  const sent = await client.send({ place, part: HI, isPlain: false, key: "k", replyTo: null });
  deepEqual(sent, { type: "sent", messageId: "1" });
  deepEqual([world.texts(old), world.texts(now)], [[], ["hi"]]);
  // One that leads back and forth is followed once.
  now.refusal = new Refusal(400, word, { migrate_to_chat_id: old.id });
  const lost = await client.send({ place, part: HI, isPlain: false, key: "k", replyTo: null });
  equal(lost.type, "refused");
});

Deno.test("changing and removing: what is so already is done; what is no more is gone", async () => {
  await using kit = await telegramKit();
  const { client, service: { world } } = kit;
  const chat = world.direct();
  const place = placeOf(chat);
  const sent = await sendHi(kit, null, partOf("hi", [[{ label: "Yes", data: "y" }]]));
  ok(sent.type === "sent");
  const { messageId } = sent;
  const edit = (id: string, part = HI) =>
    client.edit({ place, messageId: id, part, isPlain: false });
  deepEqual(await edit(messageId), { type: "sent", messageId });
  deepEqual(world.sent(chat)[0]?.buttons, []);
  deepEqual(await edit(messageId), { type: "sent", messageId });
  const gone = await edit("99");
  deepEqual([gone.type, "cause" in gone && gone.cause], ["refused", "gone"]);
  const theirs = String(world.say(chat, "the token is 1:x"));
  equal("cause" in await edit(theirs), true);
  // In a direct chat a bot may take away what the person wrote: a token, say.
  deepEqual(await client.remove({ place, messageId: theirs }), { type: "sent", messageId: theirs });
  deepEqual(world.texts(chat), ["hi"]);
  deepEqual(await client.remove({ place, messageId: theirs }), { type: "sent", messageId: theirs });
  const group = world.chat({ id: -100, type: "group" });
  const other = String(world.say(group, "hello"));
  const kept = await client.remove({ place: placeOf(group), messageId: other });
  deepEqual([kept.type, "cause" in kept && kept.cause], ["refused", "gone"]);
});

Deno.test("the service's limits are its to say: one a second in a chat, twenty a minute in a group", async () => {
  await using kit = await telegramKit();
  const { client, service, service: { world } } = kit;
  service.limits = new Limits();
  const group = placeOf(world.chat({ id: -100, type: "group" }));
  const send = () =>
    client.send({ place: group, part: HI, isPlain: false, key: "k", replyTo: null });
  const outcomes: SendOutcome[] = [];
  for (let number = 0; number < 21; number++) {
    outcomes.push(await send());
    world.now += 1_000;
  }
  deepEqual(outcomes.filter(({ type }) => type === "sent").length, 20);
  deepEqual(outcomes.at(-1), { type: "limited", afterMs: 60_000 });
  world.now += 60_000;
  equal((await send()).type, "sent");
  deepEqual(await send(), { type: "limited", afterMs: 1_000 });
});

Deno.test("what the service cannot do is said: no keys, no history; commands are listed", async () => {
  await using kit = await telegramKit();
  const { client, service } = kit;
  const place = placeOf(service.world.direct());
  deepEqual(await client.find({ place, key: "k", sinceMs: 0 }), { type: "unknown" });
  await rejects(
    client.history({ place, sinceMs: null, untilMs: null, limit: 5 }),
    coded("channel.no_history"),
  );
  await client.setCommands([{ name: "help", description: "x".repeat(300) }]);
  deepEqual(service.told.commands, [{ command: "help", description: "x".repeat(256) }]);
  await rejects(
    client.setCommands([{ name: "Bad Name", description: "x" }]),
    coded("channel.refused"),
  );
  // An old press can be answered no more; nobody waits for that, or for the sign of writing.
  await client.answerPress({ pressId: "gone", place, text: "late" });
  await client.typing({ ...place, chat: "-77" });
});

Deno.test("attack: a redirect is not followed: the token would go along", async () => {
  const asked: string[] = [];
  await using elsewhere = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      asked.push(url);
      return Response.json({ ok: true, result: { message_id: 1 } });
    },
  );
  const location = `http://127.0.0.1:${elsewhere.addr.port}/taken`;
  await using service = startTelegram();
  const redirect = () =>
    new Response(null, {
      status: 307,
      headers: { location, "content-type": "application/json" },
    });
  service.fault = () => ({ type: "answer", response: redirect() });
  // By its code alone: a thread could not reach another host at all.
  const api = new BotApi(service);
  const { signal } = new AbortController();
  const place = placeOf(service.world.direct());
  const sent = { place, part: HI, isPlain: false, key: "k", replyTo: null };
  equal((await send(api, sent, signal)).type, "failed");
  await rejects(api.methods.getMe());
  const front = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    redirect,
  );
  const files = new BotApi({ ...service, apiUrl: `http://127.0.0.1:${front.addr.port}/` });
  await rejects(files.download("a/b", 10, signal));
  deepEqual(asked, []);
  api.close();
  files.close();
  await front.shutdown();
});

Deno.test("before it is told who it speaks as, it speaks to nobody", async () => {
  await using kit = await telegramKit();
  await kit.client.configure({
    name: "bot",
    token: "1:unknown",
    appToken: null,
    apiUrl: kit.service.apiUrl,
    threads: false,
  });
  await rejects(kit.client.identify(), coded("channel.token"));
});
