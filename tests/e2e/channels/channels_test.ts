/** `ward channels` by the whole program, against services on this machine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { BOB } from "../../fakes/channels/telegram/world.ts";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, runWard, SOURCE, ward } from "../kit/ward_process.ts";

terminalTest(
  "a bot is added in a terminal, and owned by whoever sends the code to it",
  async (program) => {
    using scratch = makeScratch();
    await using telegram = startTelegram();
    const { world } = telegram;
    const add = [...program, "channels", "add", "--api-url", telegram.apiUrl];
    await inTerminal(add, { env: scratch.env, cwd: scratch.workspace }, async (pane) => {
      await pane.waitFor("Which service");
      await pane.type("Enter");
      match(await pane.waitFor("Token of your bot"), /BotFather/);
      await pane.paste("7000:AA-another-token-of-nobody_0123456789");
      await pane.type("Enter");
      await pane.waitUntil("a refusal", (now) => /! .*token/.test(now));
      await pane.paste(telegram.token);
      await pane.type("Enter");
      const asked = await pane.waitFor("Now send this to @ward_bot");
      match(asked, /This is Ward \(@ward_bot, id 7000\)/);
      ok(!asked.includes(telegram.token));
      const code = /^\s+([2-9A-Z]{4}-[2-9A-Z]{4})$/m.exec(asked)?.[1] ?? "";
      // Wrong codes and codes in groups own nothing.
      const group = world.chat({ id: -5, type: "group", title: "G" });
      world.say(world.direct(BOB), "2222-2222", { by: BOB });
      world.say(group, code, { by: BOB });
      world.say(world.direct(), `/start ${code.toLowerCase()}`);
      await pane.waitFor("Paired with Ada L. (id 1001)");
      await pane.waitFor("EXIT=0");
    });
    match([...world.direct().messages.values()].at(-1)?.text ?? "", /^Paired/);
    equal(world.direct(BOB).messages.size, 1);
    const file = Deno.readTextFileSync(`${scratch.home}/config.toml`);
    match(file, /kind = "telegram"\ntoken = "keychain"\n/);
    match(file, /owners = \[ ?"1001" ?\]/);
    ok(!file.includes(telegram.token));

    const listed = await ward(scratch, ["channels", "--json"]);
    const [row] = JSON.parse(listed.stdout);
    deepEqual([row.name, row.hasTokens, row.owners], ["telegram", true, ["1001"]]);
    const works = await ward(scratch, ["channels", "test"]);
    equal(works.code, 0, works.stderr);
    match(works.stdout, /works: Ward \(@ward_bot/);
    telegram.isRevoked = true;
    const over = await ward(scratch, ["channels", "test", "telegram"]);
    equal(over.code, 1);
    match(over.stdout, /does not work: .*token/);

    equal((await ward(scratch, ["channels", "remove", "telegram"])).code, 0);
    equal((await ward(scratch, ["secrets", "list", "--json"])).stdout.trim(), "[]");
    ok(!Deno.readTextFileSync(`${scratch.home}/config.toml`).includes("channels"));
  },
);

Deno.test("a bot is added from a script: tokens by standard input, the owner by a flag", async () => {
  using scratch = makeScratch();
  await using slack = startSlack();
  const { bot, app } = slack.tokens;
  const add = (stdin: string, ...more: string[]) =>
    runWard(["channels", "add", "slack", "--api-url", slack.apiUrl, ...more], {
      env: scratch.env,
      form: SOURCE,
      stdin,
    });
  const name = await add(`${bot}\n${app}\n`, "--owner", "ada");
  equal(name.code, 2);
  match(name.stderr, /"ada" is no id of a person at Slack/);
  const half = await add(`${bot}\n`, "--owner", "U0ADA");
  equal(half.code, 2);
  match(half.stderr, /app token/);
  const wrong = await add(`${bot}x\n${app}\n`, "--owner", "U0ADA");
  equal(wrong.code, 1);
  ok(!wrong.stderr.includes(bot));
  // Nothing is left of what failed.
  equal((await ward(scratch, ["secrets", "list", "--json"])).stdout.trim(), "[]");
  const good = await add(`${bot}\n${app}\n`, "--owner", "U0ADA", "--json");
  equal(good.code, 0, good.stderr);
  deepEqual(JSON.parse(good.stdout).owners, ["U0ADA"]);
  equal(JSON.parse(good.stdout).bot.team, "Example Inc.");
  const again = await add(`${bot}\n${app}\n`, "--owner", "U0ADA");
  equal(again.code, 2);
  match(again.stderr, /That bot is added already, as "slack"/);
});
