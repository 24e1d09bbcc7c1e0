/** A file into a chat and one out of it, through the daemon, its cell and the service. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ward } from "../kit/ward_process.ts";
import { botTexts, telegramProfile, until } from "./daemon_kit.ts";
import { BOB } from "../../fakes/channels/telegram/world.ts";

/** The answer, and what it took. */
const END = /^It is about cats\.\n\n✅ 2 steps · 3 model calls · /;

Deno.test("a document from the phone is read as text from outside, and one of the workspace comes back", async () => {
  await using telegram = startTelegram();
  const received = () => /(\/[^ "\\]*\/received-[^ "\\\]]*)\]/.exec(model.bodies()[0]!)![1]!;
  await using model = await startScriptedService([
    {
      calls: [{
        name: "read",
        get arguments() {
          return { path: received() };
        },
      }],
    },
    { calls: [{ name: "send_file", arguments: { path: "notes.txt", caption: "As asked" } }] },
    { content: "It is **about cats**." },
  ]);
  using profile = telegramProfile(telegram, "", model.env);
  const daemon = profile.start();
  const { world } = telegram;
  const chat = world.direct();
  const bytes = new TextEncoder().encode("cats are fine\n");
  const id = world.file(bytes, "documents/cats.txt");
  world.say(chat, "what is in it?", {
    more: {
      document: {
        file_id: id,
        file_unique_id: "u1",
        file_name: "../cats.txt",
        mime_type: "text/plain",
      },
    },
  });
  await until("the answer", () => botTexts(chat).some((text) => END.test(text)));
  const sent = [...chat.messages.values()].flatMap(({ file }) => file ? [file] : []);
  deepEqual(sent.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]), [
    ["notes.txt", "first line\nsecond line\n"],
  ]);
  const [asked = "", read = ""] = model.bodies();
  match(asked, /what is in it\?\\n\\n\[file \\"_cats\.txt\\": text\/plain, 14 bytes; at \//);
  ok(/a saved output[^]*cats are fine/.test(read), "what is read of it is marked");
  daemon.child.kill("SIGTERM");
  deepEqual((await daemon.done).code, 0);
});

Deno.test("a message to another chat goes there after the owner's yes, who saw all of it", async () => {
  await using telegram = startTelegram();
  const text = "The **report** is ready";
  const call = { name: "send_message", arguments: { chat: `telegram/${BOB.id}`, text } };
  await using model = await startScriptedService([
    { calls: [call] },
    { content: "Told Bob." },
  ]);
  using profile = telegramProfile(telegram, "", model.env);
  const daemon = profile.start();
  const { world } = telegram;
  const [chat, other] = [world.direct(), world.direct(BOB)];
  world.say(chat, "tell Bob");
  const asked = () => [...chat.messages.values()].find(({ buttons }) => buttons.length > 0);
  await until("the question", () => asked() !== undefined);
  const { id, text: question, buttons } = asked()!;
  match(question, /telegram\/1002: The \*\*report\*\* is ready/);
  deepEqual(botTexts(other), [], "nothing goes before the answer");
  const [once] = buttons.flat();
  world.press(chat, id, once!.callback_data, BOB);
  world.press(chat, id, once!.callback_data);
  await until("the message", () => botTexts(other).length > 0);
  await until("the answer", () => botTexts(chat).some((said) => said.startsWith("Told Bob.")));
  deepEqual(botTexts(other), ["The report is ready"]);
  match(chat.messages.get(id)!.text, /^✅ Allowed once\n/);
  deepEqual(chat.messages.get(id)!.buttons, []);
  daemon.child.kill("SIGTERM");
  deepEqual((await daemon.done).code, 0);
});

Deno.test("attack: a file that may be read but lies outside the outbox is not sent, by a link of the workspace neither; a folder of the outbox is", async () => {
  const outside = await Deno.realPath(await Deno.makeTempDir({ dir: "/var/tmp" }));
  const [granted, outbox] = [`${outside}/granted`, `${outside}/outbox`];
  for (const folder of [granted, outbox]) {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/page.txt`, `of ${folder}\n`);
  }
  const send = (path: string) => ({ calls: [{ name: "send_file", arguments: { path } }] });
  await using telegram = startTelegram();
  await using model = await startScriptedService([
    send(`${granted}/page.txt`),
    send("link/page.txt"),
    send(`${outbox}/page.txt`),
    { content: "Done." },
  ]);
  using profile = telegramProfile(
    telegram,
    `[files]\noutbox = [".", ${JSON.stringify(outbox)}]`,
    model.env,
  );
  try {
    await Deno.symlink(granted, `${profile.workspace}/link`);
    for (const folder of [granted, outbox]) {
      const { code, stderr } = await ward(profile, [
        "permissions",
        "grant",
        "read",
        folder,
        "--always",
        "-w",
        profile.workspace,
      ]);
      equal(code, 0, stderr);
    }
    const daemon = profile.start();
    const chat = telegram.world.direct();
    telegram.world.say(chat, "send them");
    await until("the answer", () => botTexts(chat).some((text) => /^Done\./.test(text)));
    const sent = [...chat.messages.values()].flatMap(({ file }) => file ? [file] : []);
    deepEqual(sent.map(({ bytes }) => new TextDecoder().decode(bytes)), [`of ${outbox}\n`]);
    const [, first = "", second = ""] = model.bodies();
    match(first, /in none of the folders that files are sent from/);
    equal(second.match(/in none of the folders that files are sent from/g)?.length, 2);
    daemon.child.kill("SIGTERM");
    equal((await daemon.done).code, 0);
  } finally {
    await Deno.remove(outside, { recursive: true });
  }
});
