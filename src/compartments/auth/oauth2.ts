/** OAuth 2 as its standards have it. Sources: RFC 6749 §2.3.1, §4, §5, §6; RFC 7009. */
import * as z from "zod";
import type { oauthRevokeParams, oauthTokenParams, OAuthTokens } from "./api.ts";
import {
  type Answer,
  failureOf,
  form,
  granted,
  json,
  oauthError,
  send,
  type Via,
} from "./request.ts";

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  /** A token of another type is of no use in a header (RFC 6749 §7.1). */
  token_type: z.string().regex(/^bearer$/i),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().positive().nullish(),
  scope: z.string().nullish(),
});

/**
 * Tokens for a code, a refresh token or the client alone.
 *
 * @param via What the request is made by. @default {fetch}
 */
export async function oauthToken(
  { tokenUrl, client, fields }: z.infer<ReturnType<typeof oauthTokenParams>>,
  signal: AbortSignal,
  via?: Via,
): Promise<OAuthTokens> {
  const { headers, body } = withClient(client, fields);
  const answer = await send(tokenUrl, { method: "POST", headers, body }, signal, via);
  // GitHub answers errors with 200.
  if (oauthError(answer.body) !== null) throw failureOf(tokenUrl, asError(answer));
  const tokens = granted(tokenUrl, tokenAnswer, answer);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInMs: tokens.expires_in ? tokens.expires_in * 1000 : null,
    scopes: tokens.scope?.split(/[ ,]+/).filter((one) => one !== "") ?? null,
  };
}

/** Gives a token back. @param via As of {@linkcode oauthToken}. */
export async function oauthRevoke(
  { revokeUrl, client, form, token }: z.infer<ReturnType<typeof oauthRevokeParams>>,
  signal: AbortSignal,
  via?: Via,
): Promise<void> {
  const answer = await send(...requestOf({ revokeUrl, client, form, token }), signal, via);
  // Slack answers errors with 200.
  if (answer.body?.["ok"] === false) throw failureOf(revokeUrl, asError(answer));
  if (answer.status < 200 || answer.status > 299) throw failureOf(revokeUrl, answer);
}

type Sent = [string, Parameters<typeof send>[1]];

/** Sources: RFC 7009 §2.1; GitHub's REST API, "Delete an app token"; Slack's `auth.revoke`. */
function requestOf(
  { revokeUrl, client, form: of, token }: z.infer<ReturnType<typeof oauthRevokeParams>>,
): Sent {
  switch (of) {
    case "rfc7009":
      return [revokeUrl, { method: "POST", ...withClient(client, { token }) }];
    case "github":
      return [`${revokeUrl}/${encodeURIComponent(client.id)}/token`, {
        method: "DELETE",
        headers: { ...json({}).headers, authorization: basic(client) },
        body: JSON.stringify({ access_token: token }),
      }];
    case "slack": {
      const { headers, body } = form({});
      return [revokeUrl, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${token}` },
        body,
      }];
    }
  }
}

/** An error that came with a status of success. */
export function asError(answer: Answer): Answer {
  return { ...answer, status: Math.max(answer.status, 400) };
}

/** A grant as a form, with the client that it is of. */
export function withClient(
  client: z.infer<ReturnType<typeof oauthTokenParams>>["client"],
  fields: Readonly<Record<string, string>>,
): { headers: Record<string, string>; body: string } {
  if (client.secret !== null && client.auth === "basic") {
    const { headers, body } = form({ ...fields });
    return { headers: { ...headers, authorization: basic(client) }, body };
  }
  const secret = client.secret === null ? {} : { client_secret: client.secret };
  return form({ ...fields, client_id: client.id, ...secret });
}

/** Both parts are written as in a form first (RFC 6749 §2.3.1). */
function basic({ id, secret }: { id: string; secret: string | null }): string {
  return `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret ?? "")}`)}`;
}
