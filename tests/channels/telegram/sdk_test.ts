/** The fake Bot API as another bot uses it, by grammY's own loop: what it gets there is Telegram. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Bot, GrammyError, InlineKeyboard, InputFile } from "grammy";
import { startTelegram, type TelegramService } from "../../fakes/channels/telegram/service.ts";

function botOf(service: TelegramService): Bot {
  return new Bot(service.token, { client: { apiRoot: service.apiUrl.replace(/\/$/, "") } });
}

Deno.test("grammY's loop: commands, mentions, answers, buttons, files; each update once", async () => {
  await using service = startTelegram();
  const { world } = service;
  const chat = world.direct();
  const bot = botOf(service);
  const seen: string[] = [];
  const over = Promise.withResolvers<void>();
  bot.command("start", async (context) => {
    seen.push(`start ${context.match}`);
    const reply_markup = new InlineKeyboard().text("Yes", "yes").text("No", "no");
    const { message_id } = await context.reply("<b>Go on?</b>", {
      parse_mode: "HTML",
      reply_markup,
      reply_parameters: { message_id: context.msgId },
    });
    world.press(chat, message_id, "yes");
  });
  bot.callbackQuery("yes", async (context) => {
    seen.push(`pressed in ${context.chat?.id}`);
    await context.answerCallbackQuery("Noted");
    await context.editMessageText("Yes.");
    await context.replyWithDocument(new InputFile(new Uint8Array([1, 2, 3]), "a.bin"));
    const file = await context.api.getFile(world.file(new Uint8Array([4]), "x/y"));
    seen.push(file.file_path ?? "");
    over.resolve();
  });
  bot.on("message::mention", (context) => void seen.push(context.entities("mention")[0]!.text));
  world.say(chat, "👋 @ward_bot");
  world.say(chat, "/start now");
  const running = bot.start({ onStart: () => {} }).catch(over.reject);
  await over.promise;
  await bot.stop();
  await running;
  deepEqual(seen, ["@ward_bot", "start now", `pressed in ${chat.id}`, "x/y"]);
  const [answer, document] = world.sent(chat);
  deepEqual([answer?.text, answer?.edits, answer?.buttons, answer?.replyTo], [
    "Yes.",
    ["Go on?"],
    [],
    2,
  ]);
  deepEqual([document?.file?.name, [...document?.file?.bytes ?? []]], ["a.bin", [1, 2, 3]]);
  deepEqual([...world.presses.values()], ["Noted"]);
  // Its last request confirmed them.
  equal(world.updates.length, 0);
});

Deno.test("two loops with one token: one of them is ended by 409", async () => {
  await using service = startTelegram();
  const [one, other] = [botOf(service), botOf(service)];
  const first = one.api.getUpdates({ timeout: 30 });
  const refused = rejects(
    first,
    (error) => error instanceof GrammyError && error.error_code === 409,
  );
  const second = other.api.getUpdates({ timeout: 30 });
  await refused;
  service.world.say(service.world.direct(), "hello");
  equal((await second).length, 1);
});

Deno.test("what the documentation forbids is refused, and a parameter that it does not know", async () => {
  await using service = startTelegram();
  const { id } = service.world.direct();
  const { api } = botOf(service);
  const refused = async (what: Promise<unknown>) => {
    await rejects(what, (error) => error instanceof GrammyError && error.error_code === 400);
  };
  const button = (callback_data: string) => ({
    reply_markup: { inline_keyboard: [[{ text: "x", callback_data }]] },
  });
  await refused(api.sendMessage(id, "x", button("d".repeat(65))));
  await refused(api.sendMessage(id, "x", button("é".repeat(33))));
  ok(await api.sendMessage(id, "x", button("d".repeat(64))));
  await refused(api.sendMessage(id, "<b>x", { parse_mode: "HTML" }));
  await refused(api.sendMessage(id, "<b></b>", { parse_mode: "HTML" }));
  await refused(api.sendMessage(id, "x".repeat(4097)));
  ok(await api.sendMessage(id, `<b>${"x".repeat(4096)}</b>`, { parse_mode: "HTML" }));
  await refused(api.sendMessage(id, " \n "));
  await refused(api.sendMessage(99, "x"));
  await refused(api.sendMessage(id, "x", { disable_web_page_preview: true } as object));
  await refused(api.setMyCommands([{ command: "Help", description: "x" }]));
  await refused(api.answerCallbackQuery("unknown"));
});
