/** Files in and out, and a look back at what was said. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { placeOf, startSlackBot } from "./slack_bot.ts";

const BYTES = new Uint8Array(70_000).map((_, at) => at * 7);

Deno.test("a file of a message is fetched, within the limit, and with the token", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  const picture = slack.addFile("cat.png", "image/png", BYTES);
  const gone = { ...slack.addFile("old.png", "image/png", BYTES), mode: "tombstone" };
  slack.say("D0ADA", "what is this?", { files: [picture, gone] });
  const { files } = await bot.hear();
  deepEqual(files, [{ ref: picture.id, name: "cat.png", mediaType: "image/png", bytes: 70_000 }]);
  const read = (limitBytes: number) => bot.client.readFile({ ref: picture.id, limitBytes });
  deepEqual(await read(70_000), BYTES);
  await rejects(read(69_999), { code: "channel.too_large" });
  await rejects(bot.client.readFile({ ref: "F0NONE", limitBytes: 10 }), { code: "channel.gone" });
  slack.scopes.delete("files:read");
  await rejects(read(70_000), { code: "channel.token", message: /missing_scope: files:read/ });
});

Deno.test("attack: a file that says to be smaller than it is, is not read further than the limit", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const file = slack.addFile("bomb.bin", "application/octet-stream", BYTES);
  slack.script = (method) =>
    method === "files.info" ? Response.json({ ok: true, file: { ...file, size: 10 } }) : null;
  await rejects(bot.client.readFile({ ref: file.id, limitBytes: 1_000 }), {
    code: "channel.too_large",
  });
});

Deno.test("attack: the token goes to no other host, by an address or a redirect, and no page is a file", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const seen: string[] = [];
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.url);
    return new Response("caught");
  });
  const { port } = other.addr;
  const file = slack.addFile("a.png", "image/png", BYTES);
  const addresses = [
    `http://127.0.0.1:${port}/files-pri/a.png`,
    `http://127.0.0.2:${new URL(slack.url).port}/a.png`,
    "http://127.0.0.1.evil.example/a.png",
    `http://user@127.0.0.1:${new URL(slack.url).port}/a.png`,
    "file:///etc/passwd",
    "",
  ];
  for (const url_private of addresses) {
    slack.script = (method) =>
      method === "files.info" ? Response.json({ ok: true, file: { ...file, url_private } }) : null;
    await rejects(bot.client.readFile({ ref: file.id, limitBytes: 100_000 }), {
      code: "channel.refused",
      message: "The file is kept outside Slack",
    });
  }
  slack.script = (method) => {
    if (method === "files.info") return null;
    return method === "files.getUploadURLExternal"
      ? Response.json({ ok: true, file_id: "F1", upload_url: `http://127.0.0.1:${port}/upload` })
      : null;
  };
  const sent = await bot.client.sendFile({
    place: placeOf("D0ADA"),
    name: "keys.txt",
    mediaType: "text/plain",
    bytes: BYTES,
    caption: "",
    key: "k",
  });
  deepEqual([sent.type, seen], ["failed", []]);
  // The file's own address leads to a page for logging in.
  slack.script = (method) => {
    if (method === "files.info") slack.scopes.delete("files:read");
    return method === "files.info" ? Response.json({ ok: true, file }) : null;
  };
  await rejects(bot.client.readFile({ ref: file.id, limitBytes: 100_000 }), {
    code: "channel.refused",
    message: "Slack does not give the file (HTTP 302)",
  });
});

Deno.test("a file is sent with its words, into its thread; what breaks before the end was not sent", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const thread = slack.say("G0TEAM", "send it");
  const send = (bytes = BYTES) =>
    bot.client.sendFile({
      place: placeOf("G0TEAM", thread),
      name: "plan.pdf",
      mediaType: "application/pdf",
      bytes,
      caption: "Here & now",
      key: "k",
    });
  const sent = await send();
  const message = slack.messages("G0TEAM").at(-1)!;
  deepEqual(sent, { type: "sent", messageId: message.ts });
  deepEqual([message.thread_ts, message.text], [thread, "Here &amp; now"]);
  deepEqual(slack.workspace.files.get(message.files![0]!.id)!.bytes, BYTES);
  equal(slack.to("files.getUploadURLExternal")[0]!.get("filename"), "plan.pdf");
  deepEqual(await send(new Uint8Array(0)), {
    type: "refused",
    cause: "other",
    word: "invalid_arguments",
  });
  slack.script = (method) =>
    method === "files.getUploadURLExternal" ? new Response("down", { status: 503 }) : null;
  deepEqual(await send(), { type: "failed", isUnsure: false, why: "HTTP 503" });
  slack.script = (method) =>
    method === "files.completeUploadExternal" ? new Response("down", { status: 503 }) : null;
  deepEqual(await send(), { type: "failed", isUnsure: true, why: "HTTP 503" });
  slack.script = () => null;
  slack.scopes.delete("files:write");
  deepEqual(await send(), { type: "refused", cause: "other", word: "missing_scope: files:write" });
});

Deno.test("the newest messages of a chat or thread, oldest first, with names and files", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const file = slack.addFile("cat.png", "image/png", BYTES);
  const first = slack.say("C0GENERAL", "first");
  slack.say("C0GENERAL", "joined", { subtype: "channel_join" });
  slack.say("C0GENERAL", "see &lt;this&gt; <@U0ADA>", { user: "U0BOB", files: [file] });
  for (let number = 0; number < 450; number++) {
    slack.say("C0GENERAL", `reply ${number}`, { thread: first, user: "U0BOB" });
  }
  const place = placeOf("C0GENERAL");
  const whole = { place, sinceMs: null, untilMs: null, limit: 50 };
  deepEqual(
    (await bot.client.history(whole)).map(({ sender, text }) => [sender.name, text]),
    [["Ada L.", "first"], ["Bob", "see <this> @U0ADA\n[file: cat.png]"]],
  );
  const inThread = { ...whole, place: placeOf("C0GENERAL", first), limit: 2 };
  const replies = await bot.client.history(inThread);
  deepEqual(replies.map(({ text }) => text), ["reply 448", "reply 449"]);
  const untilMs = replies[0]!.atMs + 1;
  deepEqual((await bot.client.history({ ...inThread, untilMs })).at(-1)!.text, "reply 448");
  ok((await bot.client.history({ ...whole, sinceMs: Number(first) * 1000 + 1 })).length === 1);
});

Deno.test("a history that the bot may not see says what to do", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const history = (chat: string) =>
    bot.client.history({ place: placeOf(chat), sinceMs: null, untilMs: null, limit: 5 });
  slack.workspace.addChannel({ id: "C0OTHER", kind: "public" }, false);
  await rejects(history("C0OTHER"), (error: { code: string; message: string; hint: string }) => {
    equal(error.code, "channel.no_history");
    match(error.message, /not_in_channel/);
    match(error.hint, /Invite the bot/);
    return true;
  });
  slack.scopes.delete("channels:history");
  await rejects(history("C0GENERAL"), {
    code: "channel.no_history",
    message: /missing_scope: channels:history/,
  });
  slack.script = () => new Response("down", { status: 503 });
  await rejects(history("C0GENERAL"), { code: "channel.unreachable" });
});
