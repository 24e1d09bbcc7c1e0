/** The slash command of Slack, by `ward start`. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { until } from "./daemon_kit.ts";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, startWard, writeConfig } from "../kit/ward_process.ts";

const TOKEN = "7001:AA-token-of-nobody-at-all_0123456789";

Deno.test("/ward is answered once, in messages, to its owner alone, and none of its words reach a model", async () => {
  await using slack = startSlack();
  await using models = await startScriptedService([{ content: "I was asked" }]);
  slack.workspace.addChannel({ id: "D0BOB", kind: "im" });
  slack.workspace.addChannel({ id: "C0ELSE", kind: "public" }, false);
  using scratch = makeScratch({ "notes.txt": "nothing\n" });
  writeConfig(
    scratch,
    [
      "[channels.slack]",
      'kind = "slack"',
      'token = "${SLACK_TOKEN}"',
      'app_token = "${SLACK_APP_TOKEN}"',
      'owners = ["U0ADA"]',
      `api_url = "${slack.apiUrl}"`,
    ].join("\n"),
  );
  const ward = startWard(["start", "-w", scratch.workspace], {
    env: {
      ...scratch.env,
      ...models.env,
      SLACK_TOKEN: slack.tokens.bot,
      SLACK_APP_TOKEN: slack.tokens.app,
    },
    cwd: scratch.workspace,
  });
  await ward.said("slack: connected as");
  const texts = (chat: string) =>
    slack.messages(chat).filter(({ bot_id }) => bot_id).map(({ text }) => text);
  /** Uses it, and waits for the answer. */
  const use = async (chat: string, words: string) => {
    const before = texts(chat).length;
    const payload = slack.command(chat, words);
    await until(`an answer to /ward ${words}`, () => texts(chat).length > before);
    return { payload, text: texts(chat)[before]! };
  };
  const isAcknowledged = () => slack.sockets.until(() => slack.sockets.pending === 0);

  const help = await use("D0ADA", "help");
  match(help.text, /`\/model \[provider\/model\]`/);
  await isAcknowledged();
  // Slack sends it again, as after an acknowledgement that it did not get.
  slack.sockets.send("slash_commands", help.payload);
  await isAcknowledged();
  // A stranger, in a direct message and where others are.
  slack.command("D0BOB", "help", { user: "U0BOB" });
  slack.command("G0TEAM", "clear", { user: "U0BOB" });
  await isAcknowledged();
  // Where the bot is not, nothing can be said, and it is not tried again and again.
  slack.command("C0ELSE", "help");
  await until("a try", () => slack.to("chat.postMessage").at(-1)?.get("channel") === "C0ELSE");

  match((await use("D0ADA", "")).text, /`\/model \[provider\/model\]`/);
  match((await use("D0ADA", "tell me a joke")).text, /^There is no command \/tell/);
  match((await use("D0ADA", "2 + 2?")).text, /^That is no command/);
  match((await use("G0TEAM", "tasks")).text, /Nothing runs or waits here/);
  const refused = await use("G0TEAM", `connect telegram ${TOKEN}`);
  match(refused.text, /works in a direct message alone.*No message shows it/);
  equal(slack.to("chat.delete").length, 0);

  const channels = slack.to("chat.postMessage").map((form) => form.get("channel"));
  const count = (chat: string) => channels.filter((one) => one === chat).length;
  deepEqual(["D0ADA", "D0BOB", "G0TEAM", "C0ELSE"].map(count), [4, 0, 2, 1]);
  equal(models.bodies().length, 0);
  deepEqual(slack.sockets.wrong, []);
  ward.child.kill("SIGTERM");
  const { code, stdout, stderr } = await ward.done;
  equal(code, 0, stderr);
  doesNotMatch(stderr, /not connected/, "what ward itself ends is no news");
  doesNotMatch(stdout + stderr, /token-of-nobody/);
});
