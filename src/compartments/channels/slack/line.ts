/** What a Slack bot's thread knows of itself, and how it asks the Web API. */
import { AppError } from "../../../base/app_error.ts";
import { requestSlack, type SlackReply } from "../../slack_request.ts";
import type { ChannelSetup } from "../api.ts";

/** The Web API, with the tokens of one bot. */
export interface SlackLine {
  readonly setup: ChannelSetup;
  /** Asks as the bot; what fails is an answer, too. */
  call(
    method: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<SlackReply>;
  /** Asks as the app, by its own token. */
  callAsApp(method: string, signal: AbortSignal): Promise<SlackReply>;
}

/** The line of a bot. */
export function slackLine(setup: ChannelSetup): SlackLine {
  const { apiUrl, token, appToken } = setup;
  return {
    setup,
    call: (method, args, signal) => requestSlack({ apiUrl, method, token, args }, signal),
    callAsApp: (method, signal) => {
      if (appToken === null) throw noAppToken();
      return requestSlack({ apiUrl, method, token: appToken, args: {} }, signal);
    },
  };
}

function noAppToken(): AppError {
  return new AppError("channel.token", "A Slack bot needs the token of its app, too (xapp-…)", {
    hint: "Make one with the scope connections:write under Basic Information, App-Level Tokens",
  });
}

/** Words with which Slack says that a token is of no use any more, or never was. */
const TOKEN_WORDS = new Set([
  "account_inactive",
  "app_not_installed",
  "invalid_auth",
  "not_allowed_token_type",
  "not_authed",
  "token_expired",
  "token_revoked",
]);

/** Whether Slack refused the token itself. */
export function isTokenWord(word: string): boolean {
  return TOKEN_WORDS.has(word);
}

/**
 * What an answer says, or why there is none.
 *
 * @param what Whose token it was asked with, for the message.
 * @throws {AppError} `channel.token`, `channel.unreachable`, `channel.malformed`.
 */
export function answerOf(
  { setup }: SlackLine,
  what: "bot" | "app",
  reply: SlackReply,
): Extract<SlackReply, { type: "answered" }> {
  const { host } = new URL(setup.apiUrl);
  switch (reply.type) {
    case "answered":
      return reply;
    case "limited":
      throw new AppError(
        "channel.unreachable",
        `Slack wants ${reply.afterS} s between requests; try again after that`,
      );
    case "refused":
      if (isTokenWord(reply.word) || reply.word === "missing_scope") throw badToken(what, reply);
      throw new AppError("channel.unreachable", `Slack at ${host} refused: ${reply.word}`);
    case "failed":
      throw new AppError("channel.unreachable", `Cannot reach Slack at ${host}: ${reply.why}`);
    case "malformed":
      throw malformed(host);
  }
}

/** An answer that is none of Slack's. */
export function malformed(host: string): AppError {
  return new AppError("channel.malformed", `The answer of ${host} is of no known form`);
}

function badToken(
  what: "bot" | "app",
  { word, needed }: { readonly word: string; readonly needed: string | null },
): AppError {
  const said = needed === null ? word : `${word}: ${needed}`;
  return new AppError("channel.token", `Slack refuses the token of the ${what} (${said})`, {
    hint: what === "bot"
      ? "Install the app to the workspace again and save its Bot User OAuth Token (xoxb-…)"
      : "Make an app-level token (xapp-…) with the scope connections:write and save it",
  });
}

/**
 * Whether an address that Slack gave is one of its own hosts, and as safe as its API: a token may go
 * there. Slack's API is at `slack.com`, its files and sockets at hosts below that.
 */
export function isOwnAddress(address: URL, apiUrl: string): boolean {
  const api = new URL(apiUrl);
  const isSecure = address.protocol === "https:" || address.protocol === "wss:";
  const isPlain = address.protocol === "http:" || address.protocol === "ws:";
  if (api.protocol === "https:" ? !isSecure : !isPlain && !isSecure) return false;
  if (address.username !== "" || address.password !== "" || address.port !== api.port) return false;
  return address.hostname === api.hostname || address.hostname.endsWith(`.${api.hostname}`);
}
