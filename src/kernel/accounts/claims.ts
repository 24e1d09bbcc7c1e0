/**
 * What a JSON web token says of itself. Its signature is not checked: ward got it from its owner's
 * service or file and only reads when it ends and whose it is. Nothing is decided on it that the
 * service would not check again.
 */
import * as z from "zod";

const AUTH_CLAIM = "https://api.openai.com/auth";

const claims = z.object({
  exp: z.number().optional(),
  email: z.string().optional(),
  [AUTH_CLAIM]: z.object({ chatgpt_account_id: z.string().optional() }).optional(),
});

/** What ward reads of a token. */
export interface Claims {
  readonly expiresAtMs: number | null;
  readonly email: string | null;
  /** ChatGPT's id of the account, for its header. */
  readonly accountId: string | null;
}

const NONE: Claims = { expiresAtMs: null, email: null, accountId: null };

/** Claims of a token; none of one that is no JSON web token. */
export function readClaims(token: string): Claims {
  const payload = token.split(".")[1];
  if (payload === undefined) return NONE;
  try {
    const bytes = Uint8Array.from(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    );
    const { exp, email, [AUTH_CLAIM]: auth } = claims.parse(
      JSON.parse(new TextDecoder().decode(bytes)),
    );
    return {
      expiresAtMs: exp === undefined ? null : exp * 1000,
      email: email ?? null,
      accountId: auth?.chatgpt_account_id ?? null,
    };
  } catch {
    return NONE;
  }
}
