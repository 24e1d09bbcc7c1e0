import assert from "node:assert/strict";
import type { ChannelKind } from "../../../src/model/channels/channel.ts";
import type { OutboundPart } from "../../../src/model/channels/message.ts";
import { discordCalls, discordContent } from "./discord.ts";
import { slackText } from "./slack.ts";
import { checkTelegramText, telegramHtml } from "./telegram.ts";

/** What acts on a reader or a terminal: controls, half characters, signs that turn a text around. */
const ACTING =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** @throws When a service would refuse a message, or it calls somebody, or hides how it reads. */
export function assertAccepted(kind: ChannelKind, { text, plain }: OutboundPart): void {
  switch (kind) {
    case "telegram":
      telegramHtml(text);
      checkTelegramText(plain);
      break;
    case "slack":
      assert.deepEqual(slackText(text).calls, []);
      assert.ok(plain.length <= 4_000);
      assert.doesNotMatch(plain, /<[!@#]/);
      break;
    case "discord":
      assert.deepEqual(discordContent(text).calls, []);
      assert.ok(plain.length <= 2_000);
      assert.deepEqual(discordCalls(plain), []);
  }
  assert.doesNotMatch(text + plain, ACTING);
  assert.ok(text.isWellFormed() && plain.isWellFormed());
}
