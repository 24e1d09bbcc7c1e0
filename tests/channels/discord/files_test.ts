/** Files from and to Discord. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { bareBot, connected, directPlace, messages, somebody } from "./discord_kit.ts";

Deno.test("files of a message are fetched by new addresses, without the token, within the limit", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const { receive, api } = await bareBot(service);
  const receiving = receive();
  await receiving.until(connected(1));
  const bytes = new Uint8Array([1, 2, 3, 4]);
  service.say(chat, user, "", { files: [{ name: "a b.png", type: "image/png", bytes }] });
  await receiving.until(messages(1));
  const event = receiving.events.find(({ type }) => type === "message");
  const [file] = event?.type === "message" ? event.message.files : [];
  deepEqual({ ...file, ref: "" }, { ref: "", name: "a b.png", mediaType: "image/png", bytes: 4 });
  const ref = file?.ref ?? "";
  deepEqual(await api.readFile({ ref, limitBytes: 4 }), bytes);
  const fetched = service.requests.filter(({ path }) => path.startsWith("/cdn/"));
  deepEqual(fetched.map(({ headers }) => headers.get("authorization")), [null]);
  await rejects(api.readFile({ ref, limitBytes: 3 }), { code: "channel.too_large" });
  await rejects(api.readFile({ ref: "1/2/3", limitBytes: 9 }), { code: "channel.refused" });
  await rejects(api.readFile({ ref: "../users/@me", limitBytes: 9 }), { code: "channel.gone" });
  await receiving.stop();
});

Deno.test("attack: a file at another host, larger than it says, or behind a redirect is not taken", async () => {
  await using service = new DiscordService();
  const { user, chat } = somebody(service);
  const { api } = await bareBot(service);
  let asked = 0;
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response("x");
  });
  const elsewhere = `http://127.0.0.1:${other.addr.port}/`;
  /** Reads a file that is said to have one byte. */
  const read = (bytes: Uint8Array<ArrayBuffer>, url?: string) => {
    const files = [{ name: "f", type: "text/plain", bytes }];
    const { id, attachments: [file] } = service.say(chat, user, "", { files });
    Object.assign(file!, { size: 1, ...(url === undefined ? {} : { url }) });
    return api.readFile({ ref: `${chat}/${id}/${file!.id}`, limitBytes: 8 });
  };
  const one = new Uint8Array(1);
  await rejects(read(one, elsewhere), { code: "channel.gone" });
  await rejects(read(one, "file:///etc/passwd"), { code: "channel.gone" });
  await rejects(read(one, "no address"), { code: "channel.gone" });
  await rejects(read(new Uint8Array(9)), { code: "channel.too_large" });
  service.redirects = elsewhere;
  await rejects(read(one), { code: "channel.unreachable" });
  equal(asked, 0);
});

Deno.test("a file is sent once with its name and caption", async () => {
  await using service = new DiscordService();
  const { chat } = somebody(service);
  const { api } = await bareBot(service);
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const send = () =>
    api.sendFile({
      place: directPlace(chat),
      name: 'über "x".bin',
      mediaType: "application/octet-stream",
      bytes,
      caption: "the file",
      key: "f",
    });
  service.losesAnswers = 1;
  equal((await send()).type, "failed");
  equal((await send()).type, "sent");
  const [message, ...more] = service.sent(chat);
  equal(more.length, 0);
  const [file] = message?.attachments ?? [];
  deepEqual([message?.content, file?.size], ["the file", 60_000]);
  deepEqual(service.world.files.get(file?.id ?? ""), bytes);
});
