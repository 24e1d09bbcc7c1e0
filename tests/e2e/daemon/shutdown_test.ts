import { deepEqual, equal, match } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { withStore } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";

Deno.test("a turn that is not done when ward stops is parked, the chat is told, and it goes on after the start", async () => {
  await using service = startTelegram();
  const held = Promise.withResolvers<void>();
  await using models = await startScriptedService([{ content: "The answer is here." }], {
    onRequest: (count) => count === 1 ? held.promise : undefined,
  });
  using profile = telegramProfile(service, "[daemon]\nshutdown_s = 1", models.env);
  const chat = service.world.direct();
  const ward = profile.start();
  await ward.said("connected");

  const second = await profile.start().done;
  equal(second.code, 2);
  match(second.stderr, new RegExp(`runs for this profile already, as process ${ward.child.pid}`));

  service.world.say(chat, "what is the answer?");
  await until("the model is asked", () => models.bodies().length === 1);
  ward.child.kill("SIGTERM");
  const { code, stderr } = await ward.done;
  equal(code, 0, stderr);
  deepEqual(botTexts(chat).length, 1);
  match(botTexts(chat)[0]!, /goes on with this after its next start/);
  held.resolve();

  const again = profile.start();
  await until("the answer", () => /The answer is here\.$/m.test(botTexts(chat)[0]!));
  again.child.kill("SIGTERM");
  equal((await again.done).code, 0);
  equal(botTexts(chat).length, 1, "it took the place of what stood there");
  const said = models.bodies().at(-1)!.match(/what is the answer/g);
  equal(said?.length, 1, "the message was not said twice");
});

Deno.test("an answer whose message cannot be changed for long is stored meanwhile: the model is not asked again after a kill", async () => {
  await using service = startTelegram();
  const change = Promise.withResolvers<void>();
  service.fault = ({ method }) =>
    method === "editMessageText" ? { type: "wait", until: change.promise } : null;
  const list = { calls: [{ name: "list", arguments: { path: "." } }] };
  await using models = await startScriptedService([list, list, { content: "The answer." }], {
    async onRequest(count) {
      // What is shown first, and a change of it that does not come to its end.
      if (count === 2) await until("a message", () => service.to("sendMessage").length > 0);
      if (count === 3) await until("a change", () => service.to("editMessageText").length > 0);
    },
  });
  using profile = telegramProfile(service, "", models.env);
  const chat = service.world.direct();
  const ward = profile.start();
  await ward.said("connected");
  service.world.say(chat, "look around");
  await until("the last request", () => models.bodies().length === 3);
  for (let last = ""; last !== "The answer.";) {
    last = await withStore(profile.home, async (store) => {
      const session = await store.latestSession({});
      const message = (await store.loadSession(session!.id))?.messages.at(-1);
      return message?.role === "assistant" ? message.text : "";
    });
  }
  ward.child.kill("SIGKILL");
  await ward.done;
  service.fault = () => null;
  change.resolve();

  const again = profile.start();
  await until("the answer", () => botTexts(chat).some((text) => /^The answer\./m.test(text)));
  again.child.kill("SIGTERM");
  equal((await again.done).code, 0);
  equal(models.bodies().length, 3);
});

Deno.test("a question that waits when ward is killed has no buttons after the start, and nothing was run", async () => {
  await using service = startTelegram();
  await using models = await startScriptedService([
    { calls: [{ name: "run", arguments: { command: "touch made.txt" } }] },
    { content: "I left it." },
  ]);
  using profile = telegramProfile(service, "", models.env);
  const chat = service.world.direct();
  const ward = profile.start();
  service.world.say(chat, "make it");
  const question = () => [...chat.messages.values()].find(({ buttons }) => buttons.length > 0);
  await until("a question", () => question() !== undefined);
  const { id } = question()!;
  const data = question()!.buttons.flat().map(({ callback_data }) => callback_data);
  match(data[0]!, /:once$/);
  ward.child.kill("SIGKILL");
  await ward.done;

  const again = profile.start();
  await until("an answer", () => botTexts(chat).some((text) => text.startsWith("I left it.")));
  // It was killed before or after it heard that its question arrived: in the one case it knows which
  // message to change, in the other whoever presses is told.
  if (question()) service.world.press(chat, id, data[0]!);
  await until("the question is over", () => question() === undefined);
  match(chat.messages.get(id)!.text, /No longer valid/);
  again.child.kill("SIGTERM");
  equal((await again.done).code, 0);
  deepEqual([...Deno.readDirSync(profile.workspace)].map(({ name }) => name), ["notes.txt"]);
});
