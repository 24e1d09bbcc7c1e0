/** `/ward` at Slack: what of it is told, when it is acknowledged, and what the manifest says of it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SLASH_COMMAND } from "../../../src/compartments/channels/slack/socket_mode/hear.ts";
import { chatHelp } from "../../../src/kernel/channels/commands.ts";
import { channelSteps } from "../../../src/kernel/channels/services.ts";
import { BOT_SCOPES, startSlack } from "../../fakes/channels/slack/start.ts";
import { placeOf, startSlackBot } from "./slack_bot.ts";

Deno.test("a slash command is told as a command that no message stands behind, and acknowledged once it is stored", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { isThread: true });
  await bot.next("connected");
  const before = Date.now();
  slack.command("D0ADA", "model openai/gpt-5");
  const { seq, message } = await bot.next("message");
  const { eventId, atMs, ...rest } = message;
  deepEqual(rest, {
    place: placeOf("D0ADA"),
    sender: { id: "U0ADA", name: "u0ada", isBot: false },
    messageId: null,
    text: "!model openai/gpt-5",
    isAddressed: true,
    files: [],
  });
  match(eventId, /^command:[\w.]+$/);
  ok(atMs >= before);
  equal(slack.sockets.pending, 1);
  bot.client.stored({ seq });
  await slack.sockets.until(() => slack.sockets.pending === 0);
  const part = { text: "Now it answers", plain: "Now it answers" };
  const { place, messageId: replyTo } = message;
  const sent = await bot.client.send({ place, part, isPlain: false, key: "k1", replyTo });
  equal(sent.type, "sent");
  await bot.client.typing(place);
  equal(slack.to("assistant.threads.setStatus").length, 0);
  equal(slack.messages("D0ADA").at(-1)!.thread_ts, undefined);
  deepEqual(slack.sockets.wrong, []);
});

Deno.test("the words of a slash command are the command; none are help; a sign before them is not needed", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  const words: [string, string][] = [
    ["", "!help"],
    ["  ", "!help"],
    [" /clear ", "!clear"],
    ["!cancel all", "!cancel all"],
    ["approve a&amp;b <@U0BOB|bob>", "!approve a&b @U0BOB"],
    ["2 + 2?", "!2 + 2?"],
  ];
  for (const [typed, text] of words) {
    slack.command("D0ADA", typed);
    equal((await bot.hear()).text, text);
  }
});

Deno.test("where a slash command is used decides its kind; it begins no thread, and one elsewhere trusts least", async () => {
  await using slack = startSlack();
  slack.workspace.addChannel({ id: "G0MANY", kind: "mpim" });
  slack.workspace.addChannel({ id: "C0SHARED", kind: "private", isShared: true });
  slack.workspace.addChannel({ id: "G0SECRET", kind: "private" }, false);
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  const kinds = {
    D0ADA: "direct",
    G0TEAM: "group",
    G0MANY: "group",
    C0GENERAL: "public",
    C0SHARED: "public",
    G0SECRET: "public",
  };
  for (const [chat, kind] of Object.entries(kinds)) {
    slack.command(chat, "help", { user: "U0BOB" });
    const { place, isAddressed, sender } = await bot.hear();
    deepEqual(place, { channel: "slack", chat, thread: null, kind });
    deepEqual([isAddressed, sender.id], [true, "U0BOB"]);
  }
});

Deno.test("a slash command that comes again, under another id of its envelope, is the same event; two uses are two", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  const payload = slack.command("D0ADA", "clear");
  const first = await bot.next("message");
  // It was not acknowledged in time.
  slack.sockets.retry();
  const again = await bot.next("message");
  equal(again.message.eventId, first.message.eventId);
  bot.client.stored({ seq: again.seq });
  await slack.sockets.until(() => slack.sockets.pending === 0);
  slack.sockets.send("slash_commands", payload);
  equal((await bot.hear()).eventId, first.message.eventId);
  slack.command("D0ADA", "clear");
  ok((await bot.hear()).eventId !== first.message.eventId);
});

Deno.test("other commands of the app, and what is none of Slack's forms, are acknowledged and not told", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  const payload = slack.command("D0ADA", "help", { command: "/other" });
  const bad = (more: object) => slack.sockets.send("slash_commands", { ...payload, ...more });
  bad({ command: "/ward", user_id: "../U0ADA" });
  bad({ command: "/ward", trigger_id: "" });
  bad({ command: "/ward", channel_id: 5 });
  slack.sockets.send("slash_commands", null);
  await slack.sockets.until(() => slack.sockets.acknowledged.length === 5);
  slack.command("D0ADA", "help");
  equal((await bot.hear()).text, "!help");
});

Deno.test("a slash command is no place to look back from: what was said before it is not read again", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack);
  await bot.next("connected");
  slack.say("D0ADA", "one");
  await bot.hear();
  slack.command("D0ADA", "help");
  slack.command("C0GENERAL", "help");
  const told = [await bot.hear(), await bot.hear()];
  deepEqual(told.map(({ messageId }) => messageId), [null, null]);
  const [said, ...used] = bot.events.filter((event) => event.type === "message");
  for (const { cursor } of used) equal(cursor, said!.cursor);
});

Deno.test("an app of an older manifest goes on, and its owner is told what is missing", async () => {
  await using slack = startSlack();
  slack.scopes.delete("commands");
  await using bot = await startSlackBot(slack);
  equal((await bot.next("connected")).note, "The app has no scope commands");
  slack.say("D0ADA", "!help");
  equal((await bot.hear()).text, "!help");
});

Deno.test("the manifest of the docs has the command and the scopes; the steps and the help name them", async () => {
  const page = await Deno.readTextFile(
    new URL("../../../docs/slack_channel.md", import.meta.url),
  );
  const manifest = JSON.parse(/```json\n([^]*?)```/.exec(page)![1]!);
  deepEqual(manifest.features.slash_commands, [{
    command: SLASH_COMMAND,
    description: "Commands of ward",
    usage_hint: "help",
    should_escape: false,
  }]);
  deepEqual(manifest.oauth_config.scopes.bot, [...BOT_SCOPES]);
  const steps = channelSteps("slack");
  for (const word of [...BOT_SCOPES, SLASH_COMMAND]) ok(steps.includes(word), word);
  ok(chatHelp({ kind: "slack", place: { kind: "direct" }, role: "owner" }).includes(SLASH_COMMAND));
});
