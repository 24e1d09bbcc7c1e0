import { doesNotMatch, equal, match } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ward } from "../kit/ward_process.ts";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";

Deno.test("a variable that is granted, and taken back, while ward runs is there for the next message, and gone for the one after", async () => {
  await using service = startTelegram();
  const steps = [
    { calls: [{ name: "run", arguments: { command: "printenv HOUSE_COLOUR" } }] },
    { content: "Done." },
  ];
  await using models = await startScriptedService(steps, { laterTurns: steps });
  using profile = telegramProfile(service, '[commands]\nallow = ["printenv"]', {
    ...models.env,
    HOUSE_COLOUR: "mauve-4711",
  });
  const chat = service.world.direct();
  const daemon = profile.start();
  await daemon.said("connected");
  /** What the model was told of the last run. */
  const run = async () => {
    const before = botTexts(chat).length;
    service.world.say(chat, "print it");
    await until("an answer", () => botTexts(chat).slice(before).some((one) => /Done/.test(one)));
    const { messages } = JSON.parse(models.bodies().at(-1)!) as { messages: unknown[] };
    return JSON.stringify(messages.at(-1));
  };
  const command = async (...args: string[]) => {
    const { code, stdout, stderr } = await ward(profile, ["permissions", ...args]);
    equal(code, 0, stderr);
    return stdout;
  };
  doesNotMatch(await run(), /mauve/);
  await command("grant", "env", "HOUSE_COLOUR", "--always");
  match(await run(), /mauve-4711/);
  const listed = JSON.parse(await command("grants", "--json")) as { id: string }[];
  await command("revoke", listed[0]!.id);
  doesNotMatch(await run(), /mauve/);
  daemon.child.kill("SIGTERM");
  equal((await daemon.done).code, 0);
});
