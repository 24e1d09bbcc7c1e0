/**
 * Tokens of a user of Slack. Its answers are of a form of its own: errors come with 200, a code gives
 * the user's token below the bot's, a refresh token gives it on top. Sources: docs.slack.dev,
 * "oauth.v2.access method", "Using token rotation".
 */
import * as z from "zod";
import type { slackTokenParams, SlackTokens } from "./api.ts";
import { asError, withClient } from "./oauth2.ts";
import { failureOf, granted, send } from "./request.ts";

const userToken = z.object({
  access_token: z.string().min(1),
  token_type: z.literal("user"),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().positive().nullish(),
  scope: z.string().nullish(),
});

const team = z.object({ id: z.string(), name: z.string().default("") }).nullish();

const tokenAnswer = z.union([
  // Only what comes with no token of the user below is the user's own.
  z.object({ ok: z.literal(true), authed_user: userToken.extend({ id: z.string() }), team }),
  userToken.extend({ ok: z.literal(true), user_id: z.string().nullish(), team }),
]);

/** Tokens for a code or a refresh token. @throws {AppError} Family `account`. */
export async function slackToken(
  { tokenUrl, client, fields }: z.infer<ReturnType<typeof slackTokenParams>>,
  signal: AbortSignal,
): Promise<SlackTokens> {
  const { headers, body } = withClient(client, fields);
  const answer = await send(tokenUrl, { method: "POST", headers, body }, signal);
  if (answer.body?.["ok"] === false) throw failureOf(tokenUrl, asError(answer));
  const given = granted(tokenUrl, tokenAnswer, answer);
  const tokens = "authed_user" in given ? given.authed_user : given;
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInMs: tokens.expires_in ? tokens.expires_in * 1000 : null,
    scopes: tokens.scope?.split(/[ ,]+/).filter((one) => one !== "") ?? null,
    userId: "authed_user" in given ? given.authed_user.id : given.user_id ?? null,
    team: given.team ?? null,
  };
}
