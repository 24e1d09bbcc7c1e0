/** A login as ward keeps it: JSON in a file or a saved secret. */
import * as z from "zod";
import type { Login } from "../../model/services/account.ts";

const recordSchema = z.strictObject({
  version: z.literal(1),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullable(),
  /** Milliseconds since the epoch. */
  expires_at_ms: z.number().nullable(),
  client_id: z.string().min(1),
  account: z.string().nullable(),
  organization: z.string().nullable(),
  account_id: z.string().nullable(),
  api_base: z.string().nullable(),
});

/** A login as text, on one line. */
export function loginText(login: Login): string {
  const record: z.infer<typeof recordSchema> = {
    version: 1,
    access_token: login.accessToken,
    refresh_token: login.refreshToken,
    expires_at_ms: login.expiresAtMs,
    client_id: login.clientId,
    account: login.account,
    organization: login.organization,
    account_id: login.accountId,
    api_base: login.apiBase,
  };
  return JSON.stringify(record);
}

/** The login of a text; null when ward did not write it. Its text is never part of an error. */
export function readLogin(text: string): Login | null {
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
    accessToken: data.access_token,
    refreshToken: data.refresh_token,
    expiresAtMs: data.expires_at_ms,
    clientId: data.client_id,
    account: data.account,
    organization: data.organization,
    accountId: data.account_id,
    apiBase: data.api_base,
  };
}
