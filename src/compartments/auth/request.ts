/**
 * Requests to a login service. They follow no redirect, because one would carry a token to
 * wherever the answer says; they are bounded in time and size; and no text of an answer gets into
 * an error, because services echo what they were sent.
 */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";

/** Longest wait for an answer, ms. */
const TIMEOUT_MS = 30_000;

/** Tokens are a few kilobytes. */
const LIMIT_BYTES = 1024 * 1024;

/** An answer: its status and what it holds, null when that is no JSON object. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** What makes a request. */
export type Via = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends a request.
 *
 * @param url Checked address.
 * @param via What makes it; it must not follow redirects. @default {fetch}
 * @throws {AppError} `account.unreachable`, `account.redirected`, `account.malformed`.
 */
export async function send(
  url: string,
  init: { method: "GET" | "POST" | "DELETE"; headers: Record<string, string>; body?: string },
  signal: AbortSignal,
  via: Via = fetch,
): Promise<Answer> {
  const { host } = new URL(url);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await via(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(host, error, limit.aborted);
  }
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new AppError(
      "account.redirected",
      `Cannot log in at ${host}: it sends ward to another address, which ward does not follow`,
      { hint: "If the service has moved, write its new address into [accounts] of config.toml" },
    );
  }
  return { status: response.status, body: await readBody(response, host, signal, limit) };
}

async function readBody(
  response: Response,
  host: string,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<Answer["body"]> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of response.body ?? []) {
      size += piece.byteLength;
      if (size > LIMIT_BYTES) throw malformed(host);
      pieces.push(piece);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : unreachable(host, error, limit.aborted);
  }
  try {
    const text = new TextDecoder().decode(await new Blob(pieces as BlobPart[]).arrayBuffer());
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A JSON body with its header. */
export function json(
  value: Record<string, string>,
): { headers: Record<string, string>; body: string } {
  return {
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(value),
  };
}

/** A form with its header. */
export function form(
  value: Record<string, string>,
): { headers: Record<string, string>; body: string } {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams(value).toString(),
  };
}

/**
 * The failure that an answer is.
 *
 * @returns `account.refused`: by the service's own word or 401, what was sent is not good (any more);
 *   `account.rejected`: the request was not taken, which says nothing of the login (a proxy, a
 *   changed form); `account.unavailable`: it may be later; `account.malformed`: it is no answer of a
 *   login service.
 */
export function failureOf(url: string, { status, body }: Answer): AppError {
  const { host } = new URL(url);
  const word = oauthError(body);
  const why = [`HTTP ${status}`, word].filter(Boolean).join(", ");
  if (status === 429 || status >= 500) {
    return new AppError("account.unavailable", `The login service ${host} is not ready: ${why}`, {
      hint: "Try again later",
    });
  }
  if (status === 401 || (status >= 400 && word !== null && ENDED.includes(word))) {
    return new AppError("account.refused", `The login service ${host} refused: ${why}`, {
      hint: "Begin the login anew; a code can be used once, and for some minutes only",
    });
  }
  if (status >= 400) {
    return new AppError("account.rejected", `The login service ${host} did not take that: ${why}`, {
      hint: "Try again later; where it stays so, log in anew",
    });
  }
  return malformed(host);
}

/**
 * Words by which a service says that a code, a token or a login is over. Sources: RFC 6749 §5.2,
 * RFC 8628 §3.5; openai/codex, `codex-rs/login`; GitHub docs, "Authorizing OAuth apps"; Slack's.
 */
const ENDED = [
  "invalid_grant",
  "invalid_token",
  "expired_token",
  "refresh_token_expired",
  "refresh_token_reused",
  "refresh_token_invalidated",
  "bad_refresh_token",
  "bad_verification_code",
  "incorrect_device_code",
  // docs.slack.dev, "oauth.v2.access method".
  "invalid_code",
  "code_already_used",
  "invalid_refresh_token",
  "token_expired",
  "token_revoked",
  "invalid_auth",
  "account_inactive",
];

/** The service's word for what is wrong; only a plain word, for it could be what was sent there. */
export function oauthError(body: Answer["body"]): string | null {
  const error = body?.["error"];
  const word = typeof error === "object" && error !== null
    ? (error as Record<string, unknown>)["code"] ?? (error as Record<string, unknown>)["type"]
    : error;
  return typeof word === "string" && /^[a-z_]{1,48}$/.test(word) ? word : null;
}

/** Parses what was granted. @throws {AppError} What the answer is instead. */
export function granted<T>(url: string, schema: z.ZodType<T>, answer: Answer): T {
  if (answer.status < 200 || answer.status > 299) throw failureOf(url, answer);
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) throw malformed(new URL(url).host);
  return parsed.data;
}

function malformed(host: string): AppError {
  return new AppError(
    "account.malformed",
    `Cannot log in at ${host}: its answer is of no known form`,
    {
      hint: "The service may have changed; use an API key until ward knows its new form",
    },
  );
}

function unreachable(host: string, error: unknown, late: boolean): AppError {
  const isRefused = error instanceof Error && error.name === "NotCapable";
  const why = late
    ? "no answer in time"
    : isRefused
    ? "the runtime refused the address: it is outside this compartment's grant"
    : "could not connect";
  return new AppError("account.unreachable", `Cannot reach the login service ${host}: ${why}`, {
    hint: "Check the network and try again",
  });
}
