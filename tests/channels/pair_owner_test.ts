/** A new bot finds its owner by a code, at each service, by its real thread. */
import { equal, match, rejects } from "node:assert/strict";
import { withBot } from "../../src/app/channels/bot.ts";
import { newBot } from "../../src/app/channels/keep_bot.ts";
import { pairOwner } from "../../src/app/channels/pair_owner.ts";
import { PAIRING_MS } from "../../src/kernel/channels/pairing.ts";
import type { ChannelKind, ChannelTokens } from "../../src/model/channels/channel.ts";
import { FORM } from "../accounts/auth_kit.ts";
import { DISCORD_TOKEN, DiscordService } from "../fakes/channels/discord/service.ts";
import { startSlack } from "../fakes/channels/slack/start.ts";
import { startTelegram } from "../fakes/channels/telegram/service.ts";
import { BOB } from "../fakes/channels/telegram/world.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

const CODE = "K7QF-2MXA";

/** Pairs, with what people write once the bot is there. @returns The owner's id. */
async function pairWith(
  kind: ChannelKind,
  apiUrl: string,
  tokens: ChannelTokens,
  write: () => void,
): Promise<string> {
  const bot = newBot({ name: kind, kind, owners: [], apiUrl });
  return await withBot(bot, tokens, FORM, async (client) => {
    const clock = new FakeClock();
    const pairing = pairOwner({
      client: {
        ...client,
        receive: (from, onEvent, signal) =>
          client.receive(from, (event) => {
            if (event.type === "connected") write();
            onEvent(event);
          }, signal),
      },
      clock,
      code: CODE,
      notice: (text) => {
        throw new Error(text);
      },
    });
    return (await pairing).id;
  });
}

Deno.test("Telegram: a code in a group or from a bot's list is none; a direct message is", async () => {
  await using service = startTelegram();
  const { world } = service;
  const group = world.chat({ id: -5, type: "group", title: "G" });
  const id = await pairWith("telegram", service.apiUrl, tokensOf(service.token), () => {
    world.say(group, CODE, { by: BOB });
    world.say(world.direct(BOB), "2222-2222", { by: BOB });
    world.say(world.direct(), `/start ${CODE}`);
  });
  equal(id, "1001");
  match([...world.direct().messages.values()].at(-1)!.text, /^Paired/);
});

Deno.test("Slack: whoever sends the code owns it, and hears so", async () => {
  await using slack = startSlack();
  const id = await pairWith(
    "slack",
    slack.apiUrl,
    { token: slack.tokens.bot, appToken: slack.tokens.app },
    () => {
      slack.say("C0GENERAL", `<@U0WARD> ${CODE}`, { user: "U0BOB" });
      slack.say("D0ADA", CODE.toLowerCase());
    },
  );
  equal(id, "U0ADA");
  match(slack.messages("D0ADA").at(-1)!.text, /^Paired/);
});

Deno.test("Discord: whoever sends the code owns it, and hears so", async () => {
  await using discord = new DiscordService();
  const ada = discord.world.user("ada");
  const direct = discord.world.direct(ada);
  const id = await pairWith("discord", discord.apiUrl, tokensOf(DISCORD_TOKEN), () => {
    discord.say(direct, ada, "hello");
    discord.say(direct, ada, CODE);
  });
  equal(id, ada.id);
  match(discord.sent(direct).at(-1)!.content, /^Paired/);
});

Deno.test("nobody who sends it within an hour: it says so, and ends", async () => {
  const clock = new FakeClock();
  const pairing = pairOwner({
    client: {
      receive: (_from, _onEvent, signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      send: () => Promise.reject(new Error("nobody is told")),
      stored: () => {},
    },
    clock,
    code: CODE,
    notice: () => {},
  });
  clock.advance(PAIRING_MS);
  await rejects(pairing, { code: "channel.late" });
});

function tokensOf(token: string): ChannelTokens {
  return { token, appToken: null };
}
