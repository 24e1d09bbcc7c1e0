/** Every command in every service, guests and strangers, by one `ward start` with three bots. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";
import { DISCORD_TOKEN, DiscordService } from "../../fakes/channels/discord/service.ts";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { ADA, BOB, type FakeUser } from "../../fakes/channels/telegram/world.ts";
import { CHAT_COMMANDS } from "../../../src/kernel/channels/commands.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, startWard, writeConfig } from "../kit/ward_process.ts";

const EVE: FakeUser = { id: 1003, is_bot: false, first_name: "Eve" };

/** A key that the model says without having been told it. */
const KEY = "sk-ant-api03-AbCdEf123456_789-xyz";

/** A direct message of the owner with a bot. */
interface Chat {
  readonly name: string;
  say(text: string): void;
  texts(): readonly string[];
}

/** Telegram's own mark of who is meant. */
const mention = { entities: [{ type: "mention", offset: 0, length: "@ward_bot".length }] };

/** What is said, and what comes back; those that end things come last. */
const SAID: readonly (readonly [text: string, answer: RegExp])[] = [
  ["/help", /\/cancel[^]*stops what runs/],
  ["/model", /openai\/mock/],
  ["/models", /openai\/mock/],
  ["/model nobody/x", /not done|answers here/],
  ["/auto", /mock/],
  ["/tasks", /Nothing runs or waits here/],
  ["/cancel", /Nothing runs or waits here/],
  ["/cost", /By model, 7 days/],
  ["/permissions", /channel:telegram/],
  ["/approve", /Nothing waits for an answer/],
  ["/bots", /telegram[^]*connected[^]*slack[^]*connected[^]*discord[^]*connected/],
  ["/connect", /Say .*\/connect telegram/],
  ["/cler", /did you mean \/clear/],
  ["/clear", /begins a new conversation/],
  ["/reload", /taken in anew/],
];

Deno.test("every command answers in every service; guests and strangers get no tools and give none", async () => {
  await using telegram = startTelegram();
  await using slack = startSlack();
  await using discord = new DiscordService();
  const answer = { content: `I was asked; the key is ${KEY}` };
  await using models = await startScriptedService([answer], {
    laterTurns: [answer],
    saysKeys: true,
  });
  using scratch = makeScratch({ "notes.txt": "nothing\n" });
  const ada = discord.world.user("ada", "Ada");
  const bot = (name: string, url: string, more: string) =>
    `[channels.${name}]\nkind = "${name}"\ntoken = "\${${name.toUpperCase()}_TOKEN}"\n` +
    `api_url = "${url}"\n${more}\n`;
  writeConfig(
    scratch,
    bot(
      "telegram",
      telegram.apiUrl,
      `owners = ["${ADA.id}"]\nallow = ["${BOB.id}"]\nstrangers = "pair"`,
    ) +
      bot("slack", slack.apiUrl, 'owners = ["U0ADA"]\napp_token = "${SLACK_APP_TOKEN}"') +
      bot("discord", discord.apiUrl, `owners = ["${ada.id}"]`),
  );
  const ward = startWard(["start", "-w", scratch.workspace], {
    env: {
      ...scratch.env,
      ...models.env,
      TELEGRAM_TOKEN: telegram.token,
      SLACK_TOKEN: slack.tokens.bot,
      SLACK_APP_TOKEN: slack.tokens.app,
      DISCORD_TOKEN,
    },
    cwd: scratch.workspace,
  });
  await Promise.all(
    ["telegram", "slack", "discord"].map((name) => ward.said(`${name}: connected as`)),
  );
  const { world } = telegram;
  const direct = discord.world.direct(ada);
  const chats: Chat[] = [
    {
      name: "telegram",
      say: (text) => void world.say(world.direct(), text),
      texts: () => botTexts(world.direct()),
    },
    {
      name: "slack",
      // Slack keeps what begins with a slash for its own.
      say: (text) => void slack.say("D0ADA", text.replace(/^\//, "!")),
      texts: () => slack.messages("D0ADA").filter(({ bot_id }) => bot_id).map(({ text }) => text),
    },
    {
      name: "discord",
      say: (text) => void discord.say(direct, ada, text),
      texts: () => discord.sent(direct).map(({ content }) => content),
    },
  ];
  await Promise.all(chats.map(async ({ name, say, texts }) => {
    for (const [text, want] of SAID) {
      const before = texts().length;
      say(text);
      await until(
        `${text} in ${name}: ${want}`,
        () => want.test(plain(texts().slice(before).join("\n"))),
      );
    }
  }));
  const heard = new Set(SAID.map(([text]) => text.slice(1).split(" ")[0]));
  deepEqual(
    CHAT_COMMANDS.map(({ name }) => name).filter((name) => !heard.has(name)),
    ["start", "restart"],
  );
  equal(models.bodies().length, 0, "no command reached a model");

  // The services know the commands, where they have lists.
  equal(telegram.told.commands.length, CHAT_COMMANDS.length);
  const slash = discord.interactions.command(direct, ada, "tasks");
  await discord.until(() => slash.first !== null, "an answer to the slash command");

  // A guest: an answer without tools, and no command.
  const guests = world.direct(BOB);
  world.say(guests, "read notes.txt", { by: BOB });
  // An answer grows: its end says that it is whole.
  const isWhole = (text = "") => /the key is \S*(API_KEY|789-xyz)/.test(text);
  await until("an answer to the guest", () => isWhole(botTexts(guests)[0]));
  const request = models.bodies().at(-1) ?? "";
  equal("tools" in JSON.parse(request), false, request);
  ok(!request.includes(scratch.workspace), request);
  match(request, /no tools here/);
  world.say(guests, "/model openai/other", { by: BOB });
  await until("a refusal", () => botTexts(guests).length === 2);
  match(botTexts(guests)[1]!, /Only the owner/);

  // Where others read along, the owner's own answers hide secrets; what a guest said there before is
  // in no request of the owner's.
  const group = world.chat({ id: -100, type: "supergroup", title: "G" });
  world.say(group, "@ward_bot ask me about the cellar", { by: BOB, more: mention });
  await until("an answer in the group", () => isWhole(botTexts(group)[0]));
  world.say(group, "@ward_bot what is the key", { by: ADA, more: mention });
  await until("an answer to the owner", () => isWhole(botTexts(group)[1]));
  doesNotMatch(botTexts(group).join("\n") + botTexts(guests).join("\n"), /sk-ant/);
  doesNotMatch(models.bodies().at(-1)!, /cellar/);
  match(models.bodies().at(-1)!, /"tools":/);
  world.say(world.direct(), "what is the key");
  await until("an answer to the owner alone", () => botTexts(world.direct()).at(-1)!.includes(KEY));

  // A stranger: a code, by which the owner lets them in.
  const stranger = world.direct(EVE);
  world.say(stranger, "hello", { by: EVE });
  world.say(stranger, "hello?", { by: EVE });
  await until("a code", () => botTexts(stranger).length === 1);
  const code = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(botTexts(stranger)[0]!)?.[0] ?? "";
  world.say(world.direct(), `/approve ${code}`);
  await until("a new guest", () => /as a guest/.test(botTexts(world.direct()).at(-1) ?? ""));
  world.say(stranger, "hello now", { by: EVE });
  await until("an answer to the new guest", () => isWhole(botTexts(stranger)[1]));
  match(Deno.readTextFileSync(`${scratch.home}/config.toml`), /allow = \[ ?"1002", "1003" ?\]/);

  // A token that is no bot's: said, deleted, and nowhere kept.
  const wrong = "7001:AA-token-of-nobody-at-all_0123456789";
  const before = botTexts(world.direct()).length;
  world.say(world.direct(), `/connect telegram ${wrong}`);
  await until("an answer to /connect", () => botTexts(world.direct()).length > before);
  match(botTexts(world.direct()).at(-1)!, /not done[^]*was deleted/);
  ok([...world.direct().messages.values()].every(({ text }) => !text.includes(wrong)));
  world.say(world.direct(), `/connect telegram ${telegram.token}`);
  await until("the same bot", () => /connected already/.test(botTexts(world.direct()).at(-1)!));

  world.say(world.direct(), "/restart");
  await ward.said("ward starts again");
  world.say(world.direct(), "/tasks");
  await until(
    "an answer after the restart",
    () => /Nothing runs/.test(botTexts(world.direct()).at(-1)!),
  );
  ward.child.kill("SIGTERM");
  const { code: exitCode, stderr, stdout } = await ward.done;
  equal(exitCode, 0, stderr);
  doesNotMatch(stderr + stdout, /token-of-nobody/);
});

Deno.test("a bot that is connected from a chat is kept, owned and answers at once", async () => {
  await using first = startTelegram();
  await using second = startTelegram("8000:AA-canary-of-a-second-bot_0123456789");
  // One address for both, as the real service has.
  await using both = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const isSecond = decodeURIComponent(pathname).startsWith(`/bot${second.token}/`);
      const address = `${(isSecond ? second : first).apiUrl.slice(0, -1)}${pathname}`;
      const { method, headers, signal } = request;
      const answer = await fetch(address, { method, headers, signal, body: await request.text() })
        // Whoever polled has ended.
        .catch(() => new Response(null, { status: 502 }));
      if (!isSecond || !pathname.endsWith("/getMe")) return answer;
      const { result } = await answer.json();
      return Response.json({ ok: true, result: { ...result, id: 8000, username: "other_bot" } });
    },
  );
  using profile = telegramProfile({ ...first, apiUrl: `http://127.0.0.1:${both.addr.port}/` });
  const ward = profile.start();
  await ward.said("telegram: connected as");
  const mine = first.world.direct();
  first.world.say(mine, `/connect telegram ${second.token}`);
  await until("the new bot", () => botTexts(mine).length === 1);
  match(botTexts(mine)[0]!, /Connected telegram2: .*@other_bot, id 8000[^]*was deleted/);
  ok([...mine.messages.values()].every(({ text }) => !text.includes(second.token)));
  const other = second.world.direct();
  second.world.say(other, "/bots");
  await until("an answer of the new bot", () => botTexts(other).length === 1);
  match(botTexts(other)[0]!, /telegram2/);
  const file = Deno.readTextFileSync(`${profile.home}/config.toml`);
  match(
    file,
    /\[channels\.telegram2\]\nkind = "telegram"\ntoken = "keychain"\nowners = \[ ?"1001" ?\]/,
  );
  ok(!file.includes(second.token));
  ward.child.kill("SIGTERM");
  equal((await ward.done).code, 0);
});

Deno.test("as a service /restart ends the process, which its manager starts by the binary of then", async () => {
  await using telegram = startTelegram();
  using profile = telegramProfile(telegram, "", {
    WARD_PROVIDER: "builtin",
    WARD_SERVICE: "systemd",
  });
  const ward = profile.start();
  await ward.said("telegram: connected as");
  telegram.world.say(telegram.world.direct(), "/restart");
  const { code, stderr } = await ward.done;
  equal(code, 0, stderr);
  match(stderr, /its service manager starts it again/);
  // What was done is not done again by the next process.
  equal(botTexts(telegram.world.direct()).length, 1);
});

/** Without the escapes of the services. */
function plain(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
    .replaceAll("\\", "");
}
