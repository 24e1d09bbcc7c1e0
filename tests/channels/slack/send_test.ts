/** What goes out: how a request ended, buttons, edits, and finding what was sent before a crash. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { sectionTexts } from "../../../src/compartments/channels/slack/send.ts";
import type { OutboundPart, SendOutcome } from "../../../src/model/channels/message.ts";
import { startFront } from "../../fakes/channels/front.ts";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { placeOf, type SlackBot, startSlackBot } from "./slack_bot.ts";

const PART: OutboundPart = { text: "*Done* &amp; dusted", plain: "Done & dusted" };

function send(bot: SlackBot, how: object = {}): Promise<SendOutcome> {
  return bot.client.send({
    place: placeOf("D0ADA"),
    part: PART,
    isPlain: false,
    key: "in1:0",
    replyTo: null,
    ...how,
  });
}

Deno.test("a message goes into its thread, without previews, and as plain text where it has to", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const thread = slack.say("G0TEAM", "do it");
  await send(bot, { place: placeOf("G0TEAM", thread) });
  await send(bot, { isPlain: true });
  const [marked, plain] = slack.to("chat.postMessage");
  deepEqual([marked!.get("thread_ts"), marked!.get("text")], [thread, PART.text]);
  deepEqual([plain!.get("text"), plain!.get("mrkdwn")], ["Done &amp; dusted", "false"]);
  for (const form of [marked!, plain!]) {
    // A preview would have Slack fetch an address that the model wrote.
    deepEqual([form.get("unfurl_links"), form.get("unfurl_media")], ["false", "false"]);
    deepEqual([form.get("parse"), form.get("link_names")], ["none", "false"]);
  }
});

const json = (error: string, more: object = {}) => Response.json({ ok: false, error, ...more });
const OUTCOMES: [string, () => Response, SendOutcome][] = [
  [
    "a limit",
    () => new Response("{}", { status: 429, headers: { "retry-after": "7" } }),
    { type: "limited", afterMs: 7_000 },
  ],
  ["a limit as a word", () => json("ratelimited"), { type: "limited", afterMs: 1_000 }],
  [
    "a channel that is no more",
    () => json("channel_not_found"),
    refused("gone", "channel_not_found"),
  ],
  ["a channel that is closed", () => json("is_archived"), refused("gone", "is_archived")],
  ["blocks that it refuses", () => json("invalid_blocks"), refused("format", "invalid_blocks")],
  ["a token that is over", () => json("token_revoked"), refused("token", "token_revoked")],
  [
    "a scope that is missing",
    () => json("missing_scope", { needed: "chat:write" }),
    refused("other", "missing_scope: chat:write"),
  ],
  [
    "a word that is none",
    () => json("<!channel> call +1 555 0100"),
    refused("other", "unknown_error"),
  ],
  [
    "an error within Slack",
    () => json("internal_error"),
    { type: "failed", isUnsure: true, why: "internal_error" },
  ],
  [
    "a broken service",
    () => new Response("oops", { status: 502 }),
    { type: "failed", isUnsure: true, why: "HTTP 502" },
  ],
  [
    "an answer that is none",
    () => new Response("<html>"),
    { type: "failed", isUnsure: true, why: "an answer of no known form" },
  ],
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
    { type: "failed", isUnsure: true, why: "HTTP 302" },
  ],
];

function refused(cause: "gone" | "format" | "token" | "other", word: string): SendOutcome {
  return { type: "refused", cause, word };
}

Deno.test("how a request ended follows from what Slack answered", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  for (const [what, answer, outcome] of OUTCOMES) {
    slack.script = answer;
    deepEqual(await send(bot), outcome, what);
  }
  equal(slack.to("chat.postMessage").length, OUTCOMES.length);
});

Deno.test("nobody there: nothing was sent, and that is known", async () => {
  const slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  await slack[Symbol.asyncDispose]();
  deepEqual(await send(bot), { type: "failed", isUnsure: false, why: "could not connect" });
});

Deno.test("buttons stand below the text, within Slack's rules; an edit without them takes them away", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const buttons = [
    [{ label: "Once", data: "a:q1:once" }, { label: "Session", data: "a:q1:session" }],
    [{ label: "Deny", data: "a:q1:deny" }],
  ];
  const long = { text: `${"word ".repeat(760)}end`, plain: "word" };
  const sent = await send(bot, { part: { ...long, buttons } });
  ok(sent.type === "sent", JSON.stringify(sent));
  const [message] = slack.messages("D0ADA");
  const types = (message!.blocks as { type: string }[]).map(({ type }) => type);
  deepEqual(types, ["section", "section", "actions", "actions"]);
  const place = placeOf("D0ADA");
  const edit = { place, messageId: sent.messageId, part: PART, isPlain: false };
  deepEqual(await bot.client.edit(edit), sent);
  deepEqual([message!.text, message!.blocks], [PART.text, undefined]);
  deepEqual(message!.metadata?.event_payload, { key: "in1:0" });
  deepEqual(await bot.client.edit(edit), sent);
  deepEqual(await bot.client.remove({ place, messageId: sent.messageId }), sent);
  equal(slack.messages("D0ADA").length, 0);
  deepEqual(await bot.client.edit(edit), refused("gone", "message_not_found"));
  const theirs = slack.say("D0ADA", "hello");
  deepEqual(
    await bot.client.remove({ place, messageId: theirs }),
    refused("gone", "cant_delete_message"),
  );
});

Deno.test("property: sections hold all of a text, each within 3,000 characters, fences closed", () => {
  const piece = fc.constantFrom("word ", "\n", "```", "😀", "x".repeat(700), "é", "\n\n");
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
    const text = pieces.join("");
    const sections = sectionTexts(text);
    for (const section of sections) {
      ok(section.length <= 3_000 && section.isWellFormed());
    }
    for (const section of sections.slice(0, -1)) equal(section.split("```").length % 2, 1);
    const bare = (one: string) => one.replaceAll(/```|\s/g, "");
    equal(bare(sections.join("")), bare(text));
  }));
});

Deno.test("a message whose answer was lost is found by its key, in the chat and in a thread", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const thread = slack.say("G0TEAM", "do it");
  const inThread = placeOf("G0TEAM", thread);
  const sent = await send(bot, { place: inThread, key: "in1:1" });
  for (let count = 0; count < 250; count++) slack.say("G0TEAM", "noise", { thread });
  const sinceMs = Number(thread) * 1_000;
  const find = (place = inThread, key = "in1:1") => bot.client.find({ place, key, sinceMs });
  ok(sent.type === "sent");
  deepEqual(await find(), { type: "found", messageId: sent.messageId });
  deepEqual(await find(placeOf("G0TEAM")), { type: "absent" });
  deepEqual(await find(inThread, "in1:2"), { type: "absent" });
  slack.scopes.delete("groups:history");
  deepEqual(await find(), { type: "unknown" });
  slack.script = () => new Response("down", { status: 503 });
  deepEqual(await find(), { type: "unknown" });
});

Deno.test("a file of the bot's among what was sent since may be the one: nobody can tell", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const place = placeOf("D0ADA");
  const find = () => bot.client.find({ place, key: "in1:0", sinceMs: 1_764_000_000_000 });
  deepEqual(await find(), { type: "absent" });
  const bytes = new TextEncoder().encode("a,b\n");
  await bot.client.sendFile({
    place,
    name: "table.csv",
    mediaType: "text/csv",
    bytes,
    caption: "",
    key: "in1:0",
  });
  deepEqual(await find(), { type: "unknown" });
});

Deno.test("more was said since than is read through: whether it arrived is not known", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  await send(bot);
  const channel = slack.workspace.channels.get("D0ADA")!;
  for (let count = 0; count < 2_001; count++) {
    slack.workspace.add(channel, { user: "U0ADA", text: "noise" });
  }
  const found = await bot.client.find({ place: placeOf("D0ADA"), key: "in1:0", sinceMs: 0 });
  deepEqual([found.type, slack.to("conversations.history").length], ["unknown", 10]);
});

Deno.test("attack: another app's message with ward's key in it is not taken for ward's", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  slack.workspace.add(slack.workspace.channels.get("D0ADA")!, {
    user: "U0EVE",
    bot_id: "B0EVE",
    text: "nothing to see",
    metadata: { event_type: "ward_message", event_payload: { key: "in1:0" } },
  });
  const sinceMs = 1_764_000_000_000;
  const found = await bot.client.find({ place: placeOf("D0ADA"), key: "in1:0", sinceMs });
  deepEqual(found, { type: "absent" });
});

Deno.test("attack: a connection that breaks after the message arrived does not bring it twice", async () => {
  await using slack = startSlack();
  const front = startFront(Number(new URL(slack.url).port));
  const apiUrl = `http://127.0.0.1:${front.port}/api/`;
  await using bot = await startSlackBot(slack, { receives: false, apiUrl });
  await bot.client.identify();
  slack.script = (method, _form, _count, fromPort) => {
    if (method === "chat.postMessage") front.cut(fromPort);
    return null;
  };
  const outcome = await send(bot);
  deepEqual([outcome.type, slack.messages("D0ADA").length], ["failed", 1]);
  ok(outcome.type === "failed" && outcome.isUnsure);
  const found = await bot.client.find({ place: placeOf("D0ADA"), key: "in1:0", sinceMs: 0 });
  equal(found.type, "found");
  await front.close();
});

Deno.test("a status is shown in threads, and not asked for where Slack takes none", async () => {
  await using slack = startSlack();
  await using bot = await startSlackBot(slack, { receives: false });
  const thread = slack.say("G0TEAM", "do it");
  await bot.client.typing(placeOf("D0ADA"));
  await bot.client.typing(placeOf("G0TEAM", thread));
  const [form, ...others] = slack.to("assistant.threads.setStatus");
  deepEqual([form!.get("thread_ts"), others.length], [thread, 0]);
  match(form!.get("status")!, /working/);
  slack.script = () => json("not_allowed");
  await bot.client.typing(placeOf("G0TEAM", thread));
  await bot.client.typing(placeOf("G0TEAM", thread));
  equal(slack.to("assistant.threads.setStatus").length, 2);
});
