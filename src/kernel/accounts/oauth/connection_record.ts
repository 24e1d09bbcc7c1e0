/** A connection as ward keeps it: JSON in a saved secret. */
import * as z from "zod";
import type { Login } from "../../../model/services/account.ts";
import type { OAuthClient } from "../../../model/services/oauth.ts";
import { blankLogin } from "../access.ts";

/** Tokens of a service, with the client that they were made for. */
export interface OAuthConnection {
  readonly client: OAuthClient;
  readonly scopes: readonly string[];
  readonly login: Login;
}

const recordSchema = z.strictObject({
  version: z.literal(1),
  client_id: z.string().min(1),
  client_secret: z.string().min(1).nullable(),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullable(),
  /** Milliseconds since the epoch. */
  expires_at_ms: z.number().nullable(),
  scopes: z.array(z.string()),
});

/** A connection as text, on one line. */
export function connectionText({ client, scopes, login }: OAuthConnection): string {
  const record: z.infer<typeof recordSchema> = {
    version: 1,
    client_id: client.id,
    client_secret: client.secret,
    access_token: login.accessToken,
    refresh_token: login.refreshToken,
    expires_at_ms: login.expiresAtMs,
    scopes: [...scopes],
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
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success) return null;
  const { data } = parsed;
  return {
    client: { id: data.client_id, secret: data.client_secret },
    scopes: data.scopes,
    login: {
      ...blankLogin(data.client_id),
      accessToken: data.access_token,
      refreshToken: data.refresh_token,
      expiresAtMs: data.expires_at_ms,
    },
  };
}

/** Name of the saved secret of a connection. */
export function connectionSecret(name: string): string {
  return `${CONNECTION_PREFIX}${name}`;
}

/** What the names of those secrets begin with. */
export const CONNECTION_PREFIX = "oauth-";
