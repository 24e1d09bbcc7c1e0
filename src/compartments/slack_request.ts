/**
 * One request to Slack's Web API, for the two threads that speak to it. It repeats nothing by itself:
 * what posts must not be done twice, and how long is waited after a 429 is for the kernel, which
 * knows who waits. It follows no redirect, which would carry the token on, and reads no more of an
 * answer than it could use. Source: docs.slack.dev, "Using the Slack Web API", "Rate limits".
 */
import * as z from "zod";
import { sendOnce } from "../base/send_once.ts";
import { wasNeverSent } from "../base/never_sent.ts";

/** Longest wait for an answer, ms. */
const TIMEOUT_MS = 30_000;

/** Two hundred users with their profiles are some hundred kilobytes. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** Methods that put something there each time; the others may be asked twice without harm. */
const ACTING = new Set([
  "chat.postEphemeral",
  "chat.postMessage",
  "files.completeUploadExternal",
]);

/** A request. */
export interface SlackRequest {
  /** Base address, checked, with a slash at its end. */
  readonly apiUrl: string;
  readonly method: string;
  readonly token: string;
  /** Sent as a form; what is no plain value goes as JSON, as Slack takes it there. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** How one ended. */
export type SlackReply =
  /** `scopes`: what the token may, where Slack says so. */
  | { readonly type: "answered"; readonly body: unknown; readonly scopes: readonly string[] | null }
  /** Nothing was done; it may be asked again then. */
  | { readonly type: "limited"; readonly afterS: number }
  /** Slack's word for why not; a plain one. */
  | { readonly type: "refused"; readonly word: string; readonly needed: string | null }
  /** `isSent`: it went out, so it may have been done. `why` is safe to show. */
  | { readonly type: "failed"; readonly isSent: boolean; readonly why: string }
  | { readonly type: "malformed" };

/** Makes it. @throws What `signal` was aborted with. */
export async function requestSlack(
  { apiUrl, method, token, args }: SlackRequest,
  signal: AbortSignal,
): Promise<SlackReply> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const form = formOf(args).toString();
  let response: Response;
  let text: string | null;
  try {
    response = await fetch(apiUrl + method, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded;charset=utf-8",
      },
      body: ACTING.has(method) ? sendOnce(form) : form,
      redirect: "manual",
      signal: AbortSignal.any([signal, limit]),
    });
    text = await boundedText(response);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { type: "failed", isSent: true, why: "no answer in time" };
    return { type: "failed", isSent: !wasNeverSent(error), why: "could not connect" };
  }
  const afterS = retryAfter(response);
  if (afterS !== null) return { type: "limited", afterS };
  if (response.status !== 200) {
    return { type: "failed", isSent: true, why: `HTTP ${response.status}` };
  }
  const said = parsed(text);
  const refused = refusal.safeParse(said);
  if (refused.success) {
    const { error, needed } = refused.data;
    return { type: "refused", word: plain(error) ?? "unknown_error", needed: plain(needed) };
  }
  if (!accepted.safeParse(said).success) return { type: "malformed" };
  const scopes = response.headers.get("x-oauth-scopes");
  return { type: "answered", body: said, scopes: scopes?.split(",").map((s) => s.trim()) ?? null };
}

const accepted = z.object({ ok: z.literal(true) });
const refusal = z.object({
  ok: z.literal(false),
  error: z.string().nullish(),
  needed: z.string().nullish(),
});

function formOf(args: SlackRequest["args"]): URLSearchParams {
  return new URLSearchParams(
    Object.entries(args).map(([key, value]) => [
      key,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** Seconds that a 429 wants to be waited for; null: it is none. */
function retryAfter({ status, headers }: Response): number | null {
  if (status !== 429) return null;
  const told = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return told === undefined ? 1 : Number(told);
}

/** null: longer than any answer of use. */
async function boundedText(response: Response): Promise<string | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > LIMIT_BYTES) return null;
    pieces.push(piece);
  }
  return await new Blob(pieces).text();
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}

/** A word that can be shown: not what else could stand in its place. */
function plain(text: string | null | undefined): string | null {
  return text && /^[a-z][a-z0-9_:.,]{0,63}$/.test(text) ? text : null;
}
