/** Files of Telegram, in and out: whole, bounded, under names that end nothing. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { AppError } from "../../../src/base/app_error.ts";
import { placeOf, telegramKit } from "./telegram_kit.ts";

const coded = (wanted: string) => (error: unknown) =>
  error instanceof AppError && error.code === wanted;

Deno.test("files in: whole, bounded, from below the bot's own folder, and by no redirect", async () => {
  await using kit = await telegramKit();
  const { client, service, service: { world } } = kit;
  const bytes = crypto.getRandomValues(new Uint8Array(5000));
  const ref = world.file(bytes, "voice/file 1#ä.oga");
  deepEqual(await client.readFile({ ref, limitBytes: 5000 }), bytes);
  await rejects(client.readFile({ ref, limitBytes: 4999 }), coded("channel.too_large"));
  const big = world.file(new Uint8Array(20 * 1024 * 1024 + 1), "documents/big");
  await rejects(
    client.readFile({ ref: big, limitBytes: 1e9 }),
    (error) => coded("channel.too_large")(error) && /20 MB/.test((error as Error).message),
  );
  await rejects(client.readFile({ ref: "gone", limitBytes: 9 }), coded("channel.refused"));
  for (const path of ["../../bot1:x/getMe", "/etc/passwd", "a//b", "./x"]) {
    const strange = world.file(bytes, path);
    const before = service.calls.length;
    await rejects(client.readFile({ ref: strange, limitBytes: 9e9 }), coded("channel.unreachable"));
    // Asked was where it is, and nothing more.
    equal(service.calls.length, before + 1, path);
  }
});

Deno.test("files out: as they are, under their names, with a caption, into a topic", async () => {
  await using kit = await telegramKit();
  const { client, service: { world } } = kit;
  const forum = world.chat({ id: -1001, type: "supergroup", isForum: true });
  forum.topics.add(5);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
  const file = { place: placeOf(forum, 5), bytes, key: "k", mediaType: "image/png" };
  for (
    const [name, shown] of [
      ["chart.png", "chart.png"],
      ["Übersicht 2026 👋; x=1.txt", "Übersicht 2026 👋_ x_1.txt"],
      ['a"b\r\nEvil: 1\\/c', "a_b__Evil: 1__c"],
      ["", "file"],
    ] as const
  ) {
    const sent = await client.sendFile({ ...file, name, caption: "of <b>Ada</b>" });
    equal(sent.type, "sent", name);
    const message = world.sent(forum).at(-1)!;
    deepEqual([message.file?.name, message.text, message.thread], [shown, "of <b>Ada</b>", 5]);
    deepEqual(message.file?.bytes, bytes);
  }
  const long = await client.sendFile({ ...file, name: "x", caption: "x".repeat(1025) });
  equal(long.type, "refused");
});
