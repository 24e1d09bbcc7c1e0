/** The fake Discord is driven by the SDK that bots use: what it speaks is what Discord speaks. */
import { Client, GatewayDispatchEvents, GatewayIntentBits, MessageFlags } from "@discordjs/core";
import { DiscordAPIError, REST } from "@discordjs/rest";
import { WebSocketManager } from "@discordjs/ws";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { DISCORD_TOKEN, DiscordService } from "../../fakes/channels/discord/service.ts";

/** A bot of the SDK. */
function sdkBot(service: DiscordService, token = DISCORD_TOKEN) {
  const rest = new REST({ api: service.apiUrl.replace(/\/$/, ""), version: "10", retries: 0 })
    .setToken(token);
  const gateway = new WebSocketManager({
    token,
    intents: GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages |
      GatewayIntentBits.DirectMessages | GatewayIntentBits.MessageContent,
    rest,
  });
  const client = new Client({ rest, gateway });
  return {
    rest,
    client,
    api: client.api,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.destroy();
      rest.clearHandlerSweeper();
      rest.clearHashSweeper();
    },
  };
}

Deno.test("the SDK connects, hears, answers, resumes, and hears what it missed", async () => {
  await using service = new DiscordService();
  const { world } = service;
  await using bot = sdkBot(service);
  const alice = world.user("alice");
  const chat = world.direct(alice);
  const room = world.channel(world.guild());
  const heard: string[] = [];
  bot.client.on(GatewayDispatchEvents.MessageCreate, async ({ data, api }) => {
    if (data.author.bot) return;
    heard.push(data.content);
    await api.channels.createMessage(data.channel_id, {
      content: `heard ${data.content}`,
      allowed_mentions: { parse: [] },
      message_reference: { message_id: data.id },
    });
  });
  const ready = Promise.withResolvers<string>();
  bot.client.on(GatewayDispatchEvents.Ready, ({ data }) => ready.resolve(data.user.id));
  await bot.gateway.connect();
  equal(await ready.promise, world.bot.id);
  service.say(chat, alice, "one");
  await service.until(() => service.sent(chat).length === 1, "the SDK answers");
  service.gateway.askReconnect();
  await service.until(() => service.gateway.connections === 0, "the SDK leaves");
  service.say(chat, alice, "two");
  service.say(room, alice, "three");
  await service.until(() => service.sent(room).length === 1, "the SDK answers what it missed");
  deepEqual(heard, ["one", "two", "three"]);
  deepEqual([service.gateway.counts.identified, service.gateway.counts.resumed], [1, 1]);
});

Deno.test("the SDK understands limits, refusals and what Discord gives out", async () => {
  await using service = new DiscordService();
  const { world } = service;
  await using bot = sdkBot(service);
  const { api } = bot;
  const alice = world.user("alice");
  const chat = world.channel(world.guild());
  equal((await api.users.getCurrent()).id, world.bot.id);
  const nonce = { nonce: "abc", enforce_nonce: true, allowed_mentions: { parse: [] } };
  const first = await api.channels.createMessage(chat, { content: "hi", ...nonce });
  equal((await api.channels.createMessage(chat, { content: "hi", ...nonce })).id, first.id);
  equal(first.nonce, "abc");
  const said = service.say(chat, alice, "hello", {
    files: [{ name: "a.txt", type: "text/plain", bytes: new Uint8Array([65]) }],
  });
  const history = await api.channels.getMessages(chat, { limit: 10 });
  deepEqual(history.map(({ id, nonce: known }) => [id, known]), [
    [said.id, undefined],
    [first.id, undefined],
  ]);
  const sent = await api.channels.createMessage(chat, {
    content: "",
    allowed_mentions: { parse: [] },
    flags: MessageFlags.SuppressEmbeds,
    attachments: [{ id: 0, filename: "b.bin" }],
    files: [{ name: "b.bin", data: Buffer.from([1, 2, 3]) }],
  });
  equal(sent.attachments[0]?.size, 3);
  const thread = await api.channels.createThread(chat, { name: "t" }, said.id);
  deepEqual([thread.id, thread.type], [said.id, 11]);
  await api.channels.showTyping(thread.id);
  await api.channels.editMessage(chat, first.id, {
    content: "new",
    allowed_mentions: { parse: [] },
  });
  await api.channels.deleteMessage(chat, first.id);
  await rejects(
    api.channels.getMessage(chat, first.id),
    (error) => error instanceof DiscordAPIError && error.code === 10008,
  );
  await rejects(
    api.channels.createMessage(chat, { content: "x".repeat(2001) }),
    (error) => error instanceof DiscordAPIError && error.code === 50035,
  );
  await rejects(sdkBot(service, "MTE2.canary.of-nobody-0912").api.users.getCurrent());
  service.limit(/^POST channels\/\d+\/typing$/, 1, 0.01);
  const limited: number[] = [];
  bot.rest.on("rateLimited", ({ limit }) => {
    limited.push(limit);
    service.refill();
  });
  await api.channels.showTyping(chat);
  await api.channels.showTyping(chat);
  ok(limited.length > 0);
});

Deno.test("the SDK gets slash commands and presses, and answers them", async () => {
  await using service = new DiscordService();
  const { world } = service;
  await using bot = sdkBot(service);
  const alice = world.user("alice");
  const chat = world.direct(alice);
  const got: unknown[] = [];
  bot.client.on(GatewayDispatchEvents.InteractionCreate, async ({ data, api }) => {
    got.push([data.type, data.data && "custom_id" in data.data ? data.data.custom_id : null]);
    if (data.type === 3) await api.interactions.deferMessageUpdate(data.id, data.token);
    else {
      await api.interactions.reply(data.id, data.token, {
        content: "yes",
        flags: MessageFlags.Ephemeral,
      });
    }
    await api.interactions.followUp(data.application_id, data.token, { content: "more" });
  });
  const ready = Promise.withResolvers<void>();
  bot.client.on(GatewayDispatchEvents.Ready, () => ready.resolve());
  await bot.gateway.connect();
  await ready.promise;
  const { applicationId } = world;
  await bot.api.applicationCommands.bulkOverwriteGlobalCommands(applicationId, [
    { name: "model", description: "Changes the model", type: 1 },
  ]);
  equal(service.rest.commands.length, 1);
  const message = await bot.api.channels.createMessage(chat, {
    content: "May I?",
    allowed_mentions: { parse: [] },
    components: [{ type: 1, components: [{ type: 2, style: 2, label: "Yes", custom_id: "a:1" }] }],
  });
  const press = service.interactions.press(chat, message.id, "a:1", alice);
  await service.until(() => press.said.length === 1, "the press is answered");
  const command = service.interactions.command(chat, alice, "model", "x");
  await service.until(() => command.said.length === 1, "the command is answered");
  deepEqual([press.first?.type, command.first?.type, command.first?.data?.content], [6, 4, "yes"]);
  deepEqual(got, [[3, "a:1"], [2, null]]);
});
