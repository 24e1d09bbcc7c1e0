/** Who a Slack bot is, and whether it may do what a bot of ward's has to. */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { BotIdentity } from "../../../model/channels/channel.ts";
import { answerOf, malformed, type SlackLine } from "./line.ts";

/** A bot, with what the thread needs besides. */
export interface SlackIdentity extends BotIdentity {
  /** Its messages carry this, too. */
  readonly botId: string;
  /** Scopes that are missing for something that ward can do; empty where Slack does not say. */
  readonly lacks: readonly string[];
}

/** Without them it hears nobody, or can't answer. Source: docs.slack.dev, "Scopes". */
const NEEDED = ["chat:write", "im:history", "app_mentions:read"];

/** What each of the others is for is in docs/slack_channel.md. */
const WANTED = [
  "channels:history",
  "groups:history",
  "mpim:history",
  "commands",
  "channels:read",
  "groups:read",
  "mpim:read",
  "users:read",
  "files:read",
  "files:write",
];

const authTest = z.object({
  team: z.string(),
  user: z.string(),
  user_id: z.string(),
  bot_id: z.string().optional(),
});

/** Asks. @throws {AppError} As {@linkcode answerOf}; `channel.token` for a token of no bot, too. */
export async function identify(line: SlackLine, signal: AbortSignal): Promise<SlackIdentity> {
  const reply = answerOf(line, "bot", await line.call("auth.test", {}, signal));
  const read = authTest.safeParse(reply.body);
  if (!read.success) throw malformed(new URL(line.setup.apiUrl).host);
  const { team, user, user_id, bot_id } = read.data;
  if (bot_id === undefined) {
    throw new AppError("channel.token", "That is the token of a user, not of a bot", {
      hint: "Save the Bot User OAuth Token (xoxb-…) of the app's page OAuth & Permissions",
    });
  }
  const has = (scope: string) => reply.scopes === null || reply.scopes.includes(scope);
  const needed = NEEDED.filter((scope) => !has(scope));
  if (needed.length > 0) {
    throw new AppError("channel.token", `The Slack app has no scope ${needed.join(", ")}`, {
      hint: "Add what is missing under OAuth & Permissions and install the app again",
    });
  }
  return {
    id: user_id,
    username: user,
    name: user,
    team,
    botId: bot_id,
    lacks: WANTED.filter((scope) => !has(scope)),
  };
}

/**
 * Whether the app's token opens sockets, by asking for the address of one, which is not used.
 *
 * @throws {AppError} As {@linkcode answerOf}.
 */
export async function checkApp(line: SlackLine, signal: AbortSignal): Promise<void> {
  answerOf(line, "app", await line.callAsApp("apps.connections.open", signal));
}
