/** A Slack bot as its thread is used: who it is, what it hears and when it says so, what it sends. */
import { deepEqual, equal } from "node:assert/strict";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { placeOf, startSlackBot } from "./slack_bot.ts";

Deno.test("a message is told, acknowledged once it is stored, and answered", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { isThread: true });
  deepEqual(await bot.client.identify(), {
    id: "U0WARD",
    username: "ward",
    name: "ward",
    team: "Example Inc.",
  });
  const { as, note } = await bot.next("connected");
  deepEqual([as.id, note], ["U0WARD", undefined]);
  const ts = slack.say("D0ADA", "Is 3 &lt; 4 &amp; 5?");
  const { seq, message } = await bot.next("message");
  deepEqual(message, {
    eventId: `D0ADA:${ts}`,
    place: placeOf("D0ADA"),
    sender: { id: "U0ADA", name: "Ada L.", isBot: false },
    messageId: ts,
    text: "Is 3 < 4 & 5?",
    isAddressed: true,
    files: [],
    atMs: Math.floor(Number(ts) * 1000),
  });
  equal(slack.sockets.pending, 1);
  bot.client.stored({ seq });
  await slack.sockets.until(() => slack.sockets.pending === 0);
  const part = { text: "*Yes* &lt;3", plain: "Yes <3" };
  const sent = await bot.client.send({
    place: message.place,
    part,
    isPlain: false,
    key: "k1",
    replyTo: ts,
  });
  const [, answer] = slack.messages("D0ADA");
  deepEqual(sent, { type: "sent", messageId: answer!.ts });
  equal(answer!.text, "*Yes* &lt;3");
  deepEqual(slack.sockets.wrong, []);
});
