/**
 * Logins that other programs keep in files, as far as ward reads them: the token and its end.
 * Never their refresh tokens: a second program that renews would end the login of the first.
 */
import * as z from "zod";

/** A token of another program. */
export interface ProgramToken {
  readonly accessToken: string;
  /** Milliseconds since the epoch; null: not said. */
  readonly expiresAtMs: number | null;
  /** Address of the model service; null: the usual one. */
  readonly apiBase: string | null;
}

const claudeCode = z.object({
  claudeAiOauth: z.object({
    accessToken: z.string().min(1),
    expiresAt: z.number().nullish(),
  }),
});

/** `.credentials.json` of Claude Code; null when there is no login in it. */
export function readClaudeCode(text: string): ProgramToken | null {
  const file = parse(claudeCode, text);
  if (file === null) return null;
  const { accessToken, expiresAt } = file.claudeAiOauth;
  return { accessToken, expiresAtMs: expiresAt ?? null, apiBase: null };
}

const qwenCode = z.object({
  access_token: z.string().min(1),
  expiry_date: z.number().nullish(),
  /** A host, or an address; without `/v1`. */
  resource_url: z.string().nullish(),
});

/** Where the login of Qwen Code is good when its file says nothing. */
const QWEN_HOST = "portal.qwen.ai";

/** `oauth_creds.json` of Qwen Code; null when there is no login in it. */
export function readQwenCode(text: string): ProgramToken | null {
  const file = parse(qwenCode, text);
  if (file === null) return null;
  const place = file.resource_url?.trim() || QWEN_HOST;
  const address = /^https?:\/\//.test(place) ? place : `https://${place}`;
  return {
    accessToken: file.access_token,
    expiresAtMs: file.expiry_date ?? null,
    apiBase: `${address.replace(/(?<!\/)\/+$/, "").replace(/\/v1$/, "")}/v1`,
  };
}

function parse<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
