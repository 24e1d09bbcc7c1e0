/**
 * `auth.json` of the Codex CLI: read, and rewritten with new tokens and everything else as it was.
 * Source: openai/codex, `codex-rs/login/src/auth/storage.rs`.
 */
import * as z from "zod";
import type { Login } from "../../model/services/account.ts";
import { readClaims } from "./claims.ts";

const fileSchema = z.looseObject({
  tokens: z.looseObject({
    access_token: z.string().min(1),
    refresh_token: z.string().nullish(),
    id_token: z.string().nullish(),
    account_id: z.string().nullish(),
  }),
});

/** The login in the text of an `auth.json`; null when there is none in it. */
export function readCodex(text: string, clientId: string): Login | null {
  const parsed = parse(text);
  if (parsed === null) return null;
  const { access_token, refresh_token, id_token, account_id } = parsed.tokens;
  const ofId = readClaims(id_token ?? "");
  const ofAccess = readClaims(access_token);
  return {
    accessToken: access_token,
    refreshToken: refresh_token || null,
    expiresAtMs: ofAccess.expiresAtMs,
    clientId,
    account: ofId.email ?? ofAccess.email,
    organization: null,
    accountId: account_id ?? ofId.accountId ?? ofAccess.accountId,
    apiBase: null,
  };
}

/**
 * The text with the tokens of a renewed login in it.
 *
 * @param idToken Null: the one before stays.
 * @param now Time of the renewal, ISO 8601.
 * @returns null when the text is no `auth.json` with a login: then nothing may be written.
 */
export function writeCodex(
  text: string,
  login: Pick<Login, "accessToken" | "refreshToken">,
  idToken: string | null,
  now: string,
): string | null {
  if (parse(text) === null) return null;
  // Not what the schema gave: a key that ward does not know stays where it stands.
  const file = JSON.parse(text) as { tokens: Record<string, unknown> } & Record<string, unknown>;
  file.tokens["access_token"] = login.accessToken;
  file.tokens["refresh_token"] = login.refreshToken;
  if (idToken !== null) file.tokens["id_token"] = idToken;
  file["last_refresh"] = now;
  return JSON.stringify(file, null, 2) + "\n";
}

function parse(text: string): z.infer<typeof fileSchema> | null {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
