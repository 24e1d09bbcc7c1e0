import { equal, notEqual } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { withTables } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";

Deno.test("the model that was chosen in a chat is the one there after the start, and /auto takes it back", async () => {
  await using service = startTelegram();
  await using models = await startScriptedService([{ content: "The first." }], {
    laterTurns: [{ content: "A later one." }],
  });
  using profile = telegramProfile(service, "", models.env);
  const chat = service.world.direct();
  const said = async (text: string, answer: RegExp) => {
    const before = botTexts(chat).length;
    service.world.say(chat, text);
    await until(text, () => botTexts(chat).slice(before).some((one) => answer.test(one)));
  };
  const asked = () => (JSON.parse(models.bodies().at(-1)!) as { model: string }).model;
  const ward = profile.start();
  await said("/model openai/other", /Now openai\/other answers here/);
  await said("hello", /The first\.$/m);
  equal(asked(), "other");
  ward.child.kill("SIGKILL");
  await ward.done;

  const again = profile.start();
  await said("hello again", /A later one\.$/m);
  equal(asked(), "other");
  await said("/auto", /openai\/(?!other)/);
  await said("and now", /A later one\.$/m);
  notEqual(asked(), "other");
  again.child.kill("SIGTERM");
  equal((await again.done).code, 0);

  // Its provider was taken out of the configuration since.
  await withTables(profile.home, (db) => {
    db.run("INSERT INTO mail_models SELECT key, 'gone/x' FROM mail_chats");
  });
  const last = profile.start();
  await said(
    "who are you?",
    /gone[^]*choose another one with \/model, or take it back with \/auto/,
  );
  await said("/auto", /openai/);
  await said("and now?", /A later one\.$/m);
  last.child.kill("SIGTERM");
  equal((await last.done).code, 0);
});

Deno.test("a model that is chosen while a turn runs answers from the next one on", async () => {
  await using service = startTelegram();
  const gate = Promise.withResolvers<void>();
  let requests = 0;
  await using models = await startScriptedService([{ content: "The first." }], {
    laterTurns: [{ content: "A later one." }],
    onRequest: async (count) => {
      requests = count;
      if (count === 1) await gate.promise;
    },
  });
  using profile = telegramProfile(service, "", models.env);
  const chat = service.world.direct();
  const has = (answer: RegExp) => botTexts(chat).some((text) => answer.test(text));
  const asked = () => (JSON.parse(models.bodies().at(-1)!) as { model: string }).model;
  const ward = profile.start();
  service.world.say(chat, "hello");
  await until("the model is asked", () => requests === 1);
  notEqual(asked(), "other");
  service.world.say(chat, "/model openai/other");
  await until("it is chosen", () => has(/Now openai\/other answers here/));
  gate.resolve();
  await until("the first answer", () => has(/The first\.$/m));
  service.world.say(chat, "hello again");
  await until("the second answer", () => has(/A later one\.$/m));
  equal(asked(), "other");
  ward.child.kill("SIGTERM");
  equal((await ward.done).code, 0);
});
