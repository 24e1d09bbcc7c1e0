/**
 * What ward keeps of a login or a connection: JSON in a file or a saved secret. One shape for all;
 * what a kind has not is null, and may be missing in what an older ward wrote.
 */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import type { Login } from "../../model/services/account.ts";
import { OAUTH_CLIENT_AUTHS, type OAuthConnection } from "../../model/services/oauth.ts";

const orNull = <S extends z.ZodType>(schema: S) => schema.nullable().default(null);

const recordSchema = lazily(() =>
  z.strictObject({
    version: z.literal(1),
    access_token: z.string().min(1),
    refresh_token: z.string().min(1).nullable(),
    /** Milliseconds since the epoch. */
    expires_at_ms: z.number().nullable(),
    client_id: z.string().min(1),
    client_secret: orNull(z.string().min(1)),
    scopes: z.array(z.string()).default([]),
    account: orNull(z.string()),
    organization: orNull(z.string()),
    account_id: orNull(z.string()),
    api_base: orNull(z.string()),
    service: orNull(z.strictObject({
      server_url: z.string(),
      issuer: z.string(),
      token_url: z.string(),
      revoke_url: z.string().nullable(),
      client_auth: z.enum(OAUTH_CLIENT_AUTHS),
      resource: z.string(),
      registered_for: z.string().nullable(),
    })),
  })
);

/** A connection as text, on one line. */
export function connectionText({ client, scopes, login, service }: OAuthConnection): string {
  const record: z.infer<ReturnType<typeof recordSchema>> = {
    version: 1,
    access_token: login.accessToken,
    refresh_token: login.refreshToken,
    expires_at_ms: login.expiresAtMs,
    client_id: client.id,
    client_secret: client.secret,
    scopes: [...scopes],
    account: login.account,
    organization: login.organization,
    account_id: login.accountId,
    api_base: login.apiBase,
    service: service && {
      server_url: service.serverUrl,
      issuer: service.issuer,
      token_url: service.tokenUrl,
      revoke_url: service.revokeUrl,
      client_auth: service.clientAuth,
      resource: service.resource,
      registered_for: service.registeredFor,
    },
  };
  return JSON.stringify(record);
}

/** The connection of a text; null when ward did not write it. Its text is never part of an error. */
export function readConnection(text: string): OAuthConnection | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = recordSchema().safeParse(raw);
  if (!parsed.success) return null;
  const { data } = parsed;
  return {
    client: { id: data.client_id, secret: data.client_secret },
    scopes: data.scopes,
    login: {
      accessToken: data.access_token,
      refreshToken: data.refresh_token,
      expiresAtMs: data.expires_at_ms,
      clientId: data.client_id,
      account: data.account,
      organization: data.organization,
      accountId: data.account_id,
      apiBase: data.api_base,
    },
    service: data.service && {
      serverUrl: data.service.server_url,
      issuer: data.service.issuer,
      tokenUrl: data.service.token_url,
      revokeUrl: data.service.revoke_url,
      clientAuth: data.service.client_auth,
      resource: data.service.resource,
      registeredFor: data.service.registered_for,
    },
  };
}

/** A login as text, on one line. */
export function loginText(login: Login): string {
  const client = { id: login.clientId, secret: null };
  return connectionText({ client, scopes: [], login, service: null });
}

/** The login of a text; null when ward did not write it. */
export function readLogin(text: string): Login | null {
  return readConnection(text)?.login ?? null;
}

/** What the names of saved secrets begin with that are logins, by whose they are. */
export const LOGIN_PREFIXES = {
  /** At a model service. */
  account: "login-",
  /** Of `ward oauth`. */
  oauth: "oauth-",
  /** At an MCP server. */
  mcp: "mcplogin-",
  /** At Slack. */
  slack: "slacklogin-",
  /** The secret of an app at Slack: it is no key of a service either. */
  slackApp: "slackapp-",
} as const;

/** Whether a saved secret is a login: it is no key, and would be sent as one. */
export function isLoginSecret(name: string): boolean {
  return Object.values(LOGIN_PREFIXES).some((prefix) => name.startsWith(prefix));
}
