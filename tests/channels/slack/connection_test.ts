/** Socket Mode: when an envelope is acknowledged, and what becomes of a socket that ends. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { startSlackBot } from "./slack_bot.ts";

Deno.test("nothing is acknowledged before it is stored; what was not comes again, as the same event", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  slack.say("D0ADA", "one");
  slack.say("D0ADA", "two");
  const [one, two] = [await bot.next("message"), await bot.next("message")];
  // What is nothing for ward is acknowledged at once, and so after any that came too early.
  slack.tell({ type: "reaction_added" });
  await slack.sockets.until(() => slack.sockets.acknowledged.length > 0);
  equal(slack.sockets.pending, 2);
  bot.client.stored({ seq: one.seq });
  await slack.sockets.until(() => slack.sockets.pending < 2);
  slack.sockets.closeAll();
  const { waitMs } = await bot.next("waiting");
  bot.clock.advance(waitMs);
  await bot.next("connected");
  const again = await bot.next("message");
  deepEqual([again.message.eventId, again.message.text], [two.message.eventId, "two"]);
  // A socket that is gone takes no acknowledgement: it goes with the one that came after.
  bot.client.stored({ seq: two.seq });
  bot.client.stored({ seq: again.seq });
  await slack.sockets.until(() => slack.sockets.pending === 0);
  deepEqual(slack.sockets.wrong, []);
});

Deno.test("before Slack ends a socket there is a second one; both are heard and acknowledged", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  bot.clock.advance(30_000);
  slack.say("D0ADA", "on the first");
  const first = await bot.next("message");
  slack.sockets.disconnect("refresh_requested");
  await bot.next("connected");
  equal(slack.sockets.open.length, 2);
  slack.say("D0ADA", "on the second");
  const second = await bot.next("message");
  bot.client.stored({ seq: second.seq });
  await slack.sockets.until(() => slack.sockets.pending === 0);
  deepEqual([first.message.text, second.message.text], ["on the first", "on the second"]);
  equal(bot.events.some(({ type }) => type === "waiting"), false);
  bot.clock.advance(30_000);
  await slack.sockets.until(() => slack.sockets.open.length === 1);
  deepEqual(slack.sockets.wrong, []);
});

Deno.test("a Slack that is down is tried again after 5 to 60 s, for as long as it takes", async () => {
  await using slack = startSlack();
  slack.script = () => new Response("down", { status: 503 });
  await using bot = await startSlackBot(slack);
  const waits: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    const { waitMs, why } = await bot.next("waiting");
    match(why, /^Cannot reach Slack at 127\.0\.0\.1:\d+: HTTP 503$/);
    waits.push(waitMs);
    if (tries === 5) slack.script = () => null;
    bot.clock.advance(waitMs);
  }
  deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  await bot.next("connected");
});

Deno.test("a socket that does not greet, one that ends at once, a limit: each is waited after", async () => {
  await using slack = startSlack();
  slack.sockets.greets = false;
  await using bot = await startSlackBot(slack);
  await slack.sockets.until(() => slack.sockets.open.length === 1);
  while (bot.clock.waiting < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  bot.clock.advance(15_000);
  match((await bot.next("waiting")).why, /did not greet/);
  slack.sockets.greets = true;
  bot.clock.advance(60_000);
  await bot.next("connected");
  slack.sockets.disconnect("link_disabled");
  slack.sockets.closeAll();
  const { why } = await bot.next("waiting");
  match(why, /Socket Mode is switched off/);
  slack.script = (method) =>
    method === "apps.connections.open"
      ? Response.json({ ok: false, error: "ratelimited" }, {
        status: 429,
        headers: { "retry-after": "90" },
      })
      : null;
  bot.clock.advance(60_000);
  equal((await bot.next("waiting")).waitMs, 90_000);
});

Deno.test("a token that Slack refuses ends it for good, and says which and what to do", async () => {
  await using slack = startSlack();
  const cases: [object, RegExp][] = [
    [{ token: "xoxb-wrong-token-0001" }, /token of the bot \(invalid_auth\)/],
    [{ appToken: "xapp-wrong-token-0001" }, /token of the app \(invalid_auth\)/],
    [{ token: slack.tokens.app }, /token of the bot \(not_allowed_token_type\)/],
  ];
  for (const [traits, words] of cases) {
    await using bot = await startSlackBot(slack, traits);
    await rejects(bot.received, { code: "channel.token", message: words });
    await rejects(bot.client.identify(), { code: "channel.token", message: words });
  }
  slack.scopes.delete("im:history");
  await using bot = await startSlackBot(slack);
  await rejects(bot.received, {
    code: "channel.token",
    message: "The Slack app has no scope im:history",
  });
});

Deno.test("a scope that is missing for a part, and another program on the same app: the owner is told", async () => {
  await using slack = startSlack();
  slack.scopes.delete("files:read");
  await using one = await startSlackBot(slack);
  equal((await one.next("connected")).note, "The app has no scope files:read");
  await using two = await startSlackBot(slack);
  match((await two.next("connected")).note ?? "", /Another program receives as this app/);
});

Deno.test("attack: an address of a socket elsewhere is not connected to, nor one with a password", async () => {
  await using slack = startSlack();
  const { port } = new URL(slack.url);
  const addresses = [
    "wss://evil.example/link",
    `ws://127.0.0.2:${port}/link/`,
    `ws://user:pw@127.0.0.1:${port}/link/`,
    "file:///link",
    "nonsense",
  ];
  slack.script = (method, _, count) =>
    method === "apps.connections.open"
      ? Response.json({ ok: true, url: addresses[count % addresses.length] })
      : null;
  await using bot = await startSlackBot(slack, {});
  for (const _ of addresses) {
    const { why, waitMs } = await bot.next("waiting");
    match(why, /is of no known form/);
    bot.clock.advance(waitMs);
  }
  equal(slack.sockets.connections, 0);
});

Deno.test("attack: a flood is not taken while nothing is stored, and comes again after", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  for (let number = 0; number < 1_005; number++) slack.say("D0ADA", String(number));
  let last = await bot.next("message");
  for (let number = 1; number < 1_000; number++) last = await bot.next("message");
  bot.client.stored({ seq: last.seq });
  await slack.sockets.until(() => slack.sockets.pending === 5);
  equal(bot.events.length, 1_001);
  slack.sockets.retry();
  equal((await bot.next("message")).message.text, "1000");
});
