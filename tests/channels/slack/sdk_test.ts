/** The fake Slack is driven by Slack's own SDKs: what it speaks is what Slack speaks. */
import { LogLevel as SocketLogLevel, SocketModeClient } from "@slack/socket-mode";
import { LogLevel, WebAPIPlatformError, WebClient } from "@slack/web-api";
import { Buffer } from "node:buffer";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type FakeSlack, startSlack } from "../../fakes/channels/slack/start.ts";

function webClient(slack: FakeSlack, token = slack.tokens.bot): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    logLevel: LogLevel.ERROR,
    rejectRateLimitedCalls: true,
  });
}

interface Handed {
  readonly ack: (response?: Record<string, unknown>) => Promise<void>;
  readonly body: { readonly event_id: string };
  readonly event: { readonly text: string; readonly channel: string };
}

Deno.test("the Socket Mode SDK connects, hears, acknowledges, and comes back after a refresh", async () => {
  await using slack = startSlack();
  const client = new SocketModeClient({
    appToken: slack.tokens.app,
    logLevel: SocketLogLevel.ERROR,
    // How long it waits before it comes back, too.
    clientPingTimeout: 50,
    clientOptions: { slackApiUrl: slack.apiUrl },
  });
  const heard: string[] = [];
  const pressed: unknown[] = [];
  client.on("message", async ({ ack, event }: Handed) => {
    heard.push(event.text);
    if (event.text !== "kept") await ack();
  });
  client.on("app_mention", async ({ ack, event }: Handed) => {
    heard.push(`mention: ${event.text}`);
    await ack();
  });
  client.on("interactive", async ({ ack, body }) => {
    pressed.push(body.actions[0].value);
    await ack();
  });
  const used: unknown[] = [];
  client.on("slash_commands", async ({ ack, body }) => {
    used.push([body.command, body.text, body.user_id, body.channel_name]);
    await ack();
  });
  await client.start();
  try {
    slack.say("G0TEAM", "<@U0WARD> hi");
    await slack.sockets.until(() => slack.sockets.acknowledged.length === 2);
    const posted = await webClient(slack).chat.postMessage({
      channel: "D0ADA",
      text: "May I?",
      blocks: [{
        type: "actions",
        elements: [{
          type: "button",
          action_id: "ward:0:0",
          text: { type: "plain_text", text: "Once" },
          value: "a:q:once",
        }],
      }],
    });
    slack.press("D0ADA", posted.ts!, "a:q:once");
    await slack.sockets.until(() => slack.sockets.acknowledged.length === 3);
    slack.say("D0ADA", "kept");
    slack.sockets.disconnect("refresh_requested");
    await slack.sockets.until(() => slack.sockets.connections === 2);
    slack.say("D0ADA", "after");
    await slack.sockets.until(() => slack.sockets.acknowledged.length === 4);
    // What was not acknowledged came again over the new socket.
    deepEqual(heard, ["<@U0WARD> hi", "mention: <@U0WARD> hi", "kept", "kept", "after"]);
    deepEqual(pressed, ["a:q:once"]);
    slack.command("D0ADA", "model a/b");
    await slack.sockets.until(() => slack.sockets.acknowledged.length === 5);
    deepEqual(used, [["/ward", "model a/b", "U0ADA", "directmessage"]]);
    deepEqual(slack.sockets.wrong, []);
  } finally {
    await client.disconnect();
  }
});

Deno.test("the Web API SDK posts, edits, finds by metadata, deletes, and reads refusals", async () => {
  await using slack = startSlack();
  const client = webClient(slack);
  const who = await client.auth.test();
  deepEqual([who.user_id, who.bot_id, who.team], ["U0WARD", "B0WARD", "Example Inc."]);
  ok(who.response_metadata?.scopes?.includes("chat:write"));
  const metadata = { event_type: "ward_message", event_payload: { key: "k1" } };
  const posted = await client.chat.postMessage({ channel: "D0ADA", text: "one", metadata });
  const ts = posted.ts!;
  await client.chat.update({ channel: "D0ADA", ts, text: "two" });
  const bare = await client.conversations.history({ channel: "D0ADA" });
  deepEqual([bare.messages![0]!.text, bare.messages![0]!.metadata], ["two", undefined]);
  const whole = await client.conversations.history({
    channel: "D0ADA",
    oldest: String(Number(ts) - 1),
    include_all_metadata: true,
  });
  deepEqual(whole.messages![0]!.metadata, metadata);
  await client.chat.postMessage({ channel: "D0ADA", text: "below", thread_ts: ts });
  const replies = await client.conversations.replies({ channel: "D0ADA", ts });
  deepEqual(replies.messages!.map(({ text }) => text), ["two", "below"]);
  deepEqual((await client.users.info({ user: "U0ADA" })).user!.profile!.display_name, "Ada L.");
  equal((await client.conversations.info({ channel: "C0GENERAL" })).channel!.is_private, false);
  await client.chat.delete({ channel: "D0ADA", ts });
  const refusedWith = (error: string) => (thrown: unknown) => {
    ok(thrown instanceof WebAPIPlatformError);
    equal(thrown.data.error, error);
    return true;
  };
  await rejects(
    client.chat.update({ channel: "D0ADA", ts, text: "x" }),
    refusedWith("message_not_found"),
  );
  await rejects(
    client.chat.postMessage({ channel: "C0NONE", text: "x" }),
    refusedWith("channel_not_found"),
  );
  await rejects(
    client.chat.postMessage({ channel: "D0ADA", text: "x".repeat(40_001) }),
    refusedWith("msg_too_long"),
  );
  await rejects(
    client.chat.postMessage({
      channel: "D0ADA",
      text: "x",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }],
    }),
    refusedWith("invalid_blocks"),
  );
  await rejects(webClient(slack, "xoxb-none-0001").auth.test(), refusedWith("invalid_auth"));
  await rejects(
    webClient(slack, slack.tokens.app).auth.test(),
    refusedWith("not_allowed_token_type"),
  );
});

Deno.test("the Web API SDK sends a file in three requests, and finds it in the channel", async () => {
  await using slack = startSlack();
  const file = new TextEncoder().encode("a,b\n1,2\n");
  await webClient(slack).filesUploadV2({
    channel_id: "C0GENERAL",
    filename: "table.csv",
    file: Buffer.from(file),
    initial_comment: "Here",
  });
  const message = slack.messages("C0GENERAL").at(-1)!;
  equal(message.text, "Here");
  deepEqual(slack.workspace.files.get(message.files![0]!.id)!.bytes, file);
});
