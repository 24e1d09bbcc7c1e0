/** A conversation in a thread of a server: who may answer a question, and what a kill leaves. */
import { deepEqual, equal, match } from "node:assert/strict";
import { DISCORD_TOKEN, DiscordService } from "../../fakes/channels/discord/service.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, startWard, writeConfig } from "../kit/ward_process.ts";

Deno.test("in a thread of a server the owner alone answers a question; after kill -9 the session is gone on with", async () => {
  await using service = new DiscordService();
  const { world } = service;
  await using models = await startScriptedService([
    { calls: [{ name: "run", arguments: { command: "touch made.txt" } }] },
    { content: "It is **made**." },
  ], { laterTurns: [{ content: "Still here." }] });
  using scratch = makeScratch({ "notes.txt": "nothing\n" });
  const [ada, eve] = [world.user("ada", "Ada"), world.user("eve", "Eve")];
  writeConfig(
    scratch,
    [
      "[channels.discord]",
      'kind = "discord"',
      'token = "${DISCORD_TOKEN}"',
      `owners = ["${ada.id}"]`,
      `api_url = "${service.apiUrl}"`,
      "threads = true",
    ].join("\n"),
  );
  const start = () =>
    startWard(["start", "-w", scratch.workspace], {
      env: { ...scratch.env, ...models.env, DISCORD_TOKEN },
      cwd: scratch.workspace,
    });
  const first = start();
  await service.until(() => service.gateway.attached === 1, "it connects");
  const chat = world.channel(world.guild());
  const { id: thread } = service.say(chat, ada, `<@${world.bot.id}> make it`);
  const texts = () => service.sent(thread).map(({ content }) => content);
  const question = () => service.sent(thread).find(({ components }) => components.length > 0);
  await service.until(() => question() !== undefined, "it asks in the thread");
  match(question()!.content, /touch made\.txt/);
  const { id } = question()!;
  const once = /"custom_id":"([^"]*:once)"/.exec(JSON.stringify(question()!.components))?.[1] ?? "";

  const wrong = service.interactions.press(thread, id, once, eve);
  await service.until(() => wrong.said.length === 1, "who may not is told so");
  equal(texts().some((text) => text.includes("made**")), false);
  const right = service.interactions.press(thread, id, once, ada);
  await service.until(() => texts().some((text) => text.includes("It is **made**.")), "an answer");
  deepEqual([right.first?.type, world.message(thread, id)?.components], [6, []]);
  equal(service.sent(chat).length, 0);
  deepEqual([...Deno.readDirSync(scratch.workspace)].map(({ name }) => name).sort(), [
    "made.txt",
    "notes.txt",
  ]);

  first.child.kill("SIGKILL");
  await first.done;
  await service.until(() => service.gateway.connections === 0, "its connection ends");
  // Nobody mentions it in its own thread.
  service.say(thread, ada, "are you there?");
  const second = start();
  await service.until(() => texts().some((text) => text.includes("Still here.")), "it goes on");
  equal(texts().filter((text) => text.includes("It is **made**.")).length, 1);
  deepEqual([service.gateway.counts.identified, service.gateway.counts.resumed], [1, 1]);
  second.child.kill("SIGTERM");
  equal((await second.done).code, 0);
});
