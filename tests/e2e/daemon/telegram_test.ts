import { equal, match, ok } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { BOB } from "../../fakes/channels/telegram/world.ts";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";

Deno.test("a message in Telegram is answered by ward start, once, and its end leaves nothing running", async () => {
  await using service = startTelegram();
  using profile = telegramProfile(service);
  const ward = profile.start();
  const chat = service.world.direct();
  service.world.say(chat, "list .");
  // One message, which says first what is being done.
  await until("an answer", () => /notes\.txt/.test(botTexts(chat)[0] ?? ""));
  equal(botTexts(chat).length, 1);
  service.world.say(service.world.direct(BOB), "list .");
  service.world.say(chat, "/help");
  await until("the help", () => botTexts(chat).length === 2);
  match(botTexts(chat)[1]!, /\/cancel/);
  equal(botTexts(service.world.direct(BOB)).length, 0, "a stranger is nobody");
  ward.child.kill("SIGTERM");
  const { code, stderr } = await ward.done;
  equal(code, 0, stderr);
  ok(stderr.includes("telegram: connected as ward_bot"), stderr);
});
