/** How connections end, for good or not, and what Discord or another in its place may send. */
import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { bareBot, connected, messages, somebody, startBot } from "./discord_kit.ts";

for (
  const [code, error, says] of [
    [4004, "channel.token", /Reset Token/],
    [4010, "channel.unsupported", /newer/],
    [4011, "channel.unsupported", /leave servers/],
    [4012, "channel.unsupported", /newer/],
    [4013, "channel.unsupported", /newer/],
    [4014, "channel.intents", /Message Content Intent/],
  ] as const
) {
  Deno.test(`close code ${code} ends it for good and says what to do`, async () => {
    await using service = new DiscordService();
    const bot = await bareBot(service);
    const receiving = bot.receive();
    await receiving.until(connected(1));
    service.gateway.closeWith(code);
    const ended = await receiving.ended as { code: string; hint: string };
    equal(ended.code, error);
    match(ended.hint, says);
  });
}

for (
  const [code, identified] of [[4000, 1], [4001, 1], [4008, 1], [4003, 2], [4007, 2], [4009, 2]]
) {
  Deno.test(`close code ${code} ${identified === 1 ? "keeps" : "ends"} the session`, async () => {
    await using service = new DiscordService();
    const bot = await bareBot(service);
    const receiving = bot.receive();
    await receiving.until(connected(1));
    service.gateway.closeWith(code ?? 0);
    await receiving.until(connected(2));
    equal(service.gateway.counts.identified, identified);
    await receiving.stop();
  });
}

Deno.test("a wrong token, and an application that may not read messages, are said at once", async () => {
  await using service = new DiscordService();
  const wrong = await bareBot(service, { token: "MTE2.canary.of-nobody-81c2" });
  equal((await wrong.receive().ended as { code: string }).code, "channel.token");
  service.rules.mayReadContent = false;
  const bot = await bareBot(service);
  const ended = await bot.receive().ended as { code: string };
  equal(ended.code, "channel.intents");
  equal(service.gateway.counts.identified, 0);
});

Deno.test("a gateway that says nothing, or nonsense, is left", async () => {
  for (const first of [null, "{", '{"op":10,"d":{}}', "[]"]) {
    await using silent = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        if (request.headers.get("upgrade") === "websocket") {
          const { socket, response } = Deno.upgradeWebSocket(request);
          if (first !== null) socket.onopen = () => socket.send(first);
          return response;
        }
        const { host, pathname } = new URL(request.url);
        const answers: Record<string, unknown> = {
          "/api/v10/users/@me": { id: "1", username: "ward" },
          "/api/v10/applications/@me": { id: "1", flags: 1 << 18 },
          "/api/v10/gateway/bot": {
            url: `ws://${host}`,
            session_start_limit: { remaining: 9, reset_after: 1 },
          },
        };
        return Response.json(answers[pathname]);
      },
    );
    const bot = await bareBot({ apiUrl: `http://127.0.0.1:${silent.addr.port}/api/` });
    const receiving = bot.receive();
    if (first === null) {
      while (bot.clock.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      bot.clock.advance(20_000);
    }
    await receiving.until((events) => events.some(({ type }) => type === "waiting"));
    const [event] = receiving.events;
    match(event?.type === "waiting" ? event.why : "", first ? /no known form/ : /did not answer/);
    await receiving.stop();
  }
});

Deno.test("an event of a channel that cannot be asked about now comes again; one that the bot may not see is passed over", async () => {
  await using service = new DiscordService();
  const { world, rest } = service;
  const alice = world.user("alice");
  const guild = world.guild();
  const [hidden, open] = [world.channel(guild), world.channel(guild)];
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  rest.closed.add(hidden);
  service.say(hidden, alice, `<@${world.bot.id}> nobody sees it`);
  rest.fails = 1;
  service.say(open, alice, `<@${world.bot.id}> hello`);
  await receiving.until(messages(1));
  deepEqual(receiving.texts, ["hello"]);
  equal(service.gateway.counts.resumed, 1);
  await receiving.stop();
});

Deno.test("attack: a gateway at another host is not connected to, and gets no token", async () => {
  let asked = 0;
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response(null, { status: 400 });
  });
  await using service = new DiscordService();
  await using bot = await startBot(service);
  const receiving = bot.receive(JSON.stringify({
    session: { id: "s", url: `ws://127.0.0.1:${other.addr.port}`, sequence: 1 },
    seen: [],
    isBehind: false,
  }));
  await receiving.until((events) => events.length > 0);
  const [event] = receiving.events;
  match(event?.type === "waiting" ? event.why : "", /none of its hosts/);
  equal(asked, 0);
  await receiving.stop();
});

Deno.test("whatever Discord sends as an event, the next message is heard", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const bot = await bareBot(service);
  const receiving = bot.receive();
  await receiving.until(connected(1));
  const { message, command } = {
    message: { ...service.world.write(chat, user, "real") },
    command: { id: "1", application_id: "2", type: 2, token: "t", channel_id: chat, user },
  };
  const names = ["MESSAGE_CREATE", "INTERACTION_CREATE", "CHANNEL_UPDATE", "GUILD_DELETE", "NEW"];
  const altered = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue()),
    fc.tuple(
      fc.constantFrom(message, command),
      fc.constantFrom(...Object.keys(message)),
      fc.jsonValue(),
    )
      .map(([base, key, value]) => ({ ...base, [key]: value })),
  );
  let heard = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), altered, async (name, data) => {
      // The gateway leaves out what a bot did not ask for.
      service.gateway.dispatch(name, { mentions: [], author: user, ...data });
      const mark = service.say(chat, user, `mark ${heard++}`);
      await receiving.until((events) =>
        events.some((event) => event.type === "message" && event.message.eventId === mark.id)
      );
    }),
    { numRuns: 300 },
  );
  equal(receiving.events.some(({ type }) => type === "waiting"), false);
  await receiving.stop();
});

Deno.test("a cursor of another form is as none", async () => {
  await using service = new DiscordService();
  const bot = await bareBot(service);
  for (const cursor of ["", "12", "{", "null", '{"session":{"id":1}}', '{"seen":[["x","y"]]}']) {
    const receiving = bot.receive(cursor);
    await receiving.until(connected(1));
    await receiving.stop();
  }
  equal(service.gateway.counts.identified, 6);
});
