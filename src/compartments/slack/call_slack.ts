/**
 * One call of the Web API. It repeats nothing by itself: what posts must not be done twice, and how
 * long is waited after a 429 is for the kernel, which knows who waits. It follows no redirect, which
 * would carry the token on, and reads no more of an answer than it could use.
 * Source: docs.slack.dev, "Using the Slack Web API", "Rate limits".
 */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import type { SlackOutcome } from "../../model/services/slack.ts";
import type { CallParams } from "./api.ts";
import { readAnswer } from "./read_answer.ts";

/** Longest wait for an answer, ms. */
const TIMEOUT_MS = 30_000;

/** Two hundred users with their profiles are some hundred kilobytes. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** Makes it. @throws {AppError} `slack.unreachable`, `slack.malformed`. */
export async function callSlack(
  { apiUrl, token, method, args }: CallParams,
  signal: AbortSignal,
): Promise<SlackOutcome> {
  const { host } = new URL(apiUrl);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(apiUrl + method, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      body: new URLSearchParams(Object.entries(args).map(([key, value]) => [key, String(value)])),
      redirect: "manual",
      signal: AbortSignal.any([signal, limit]),
    });
    text = await bounded(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw unreachable(host, limit.aborted ? "no answer in time" : "could not connect");
  }
  const afterS = retryAfter(response);
  if (afterS !== null) return { type: "limited", afterS };
  if (response.status !== 200) throw unreachable(host, `HTTP ${response.status}`);
  const said = parsed(text);
  const refused = refusal.safeParse(said);
  if (refused.success) {
    const { error, needed } = refused.data;
    return { type: "refused", word: plain(error) ?? "unknown_error", needed: plain(needed) };
  }
  const answer = accepted.safeParse(said).success ? readAnswer(method, said) : null;
  if (answer === null) throw malformed(host);
  return { type: "answered", answer };
}

const accepted = z.object({ ok: z.literal(true) });
const refusal = z.object({
  ok: z.literal(false),
  error: z.string().nullish(),
  needed: z.string().nullish(),
});

/** Seconds that a 429 wants to be waited for; null: it is none. */
function retryAfter({ status, headers }: Response): number | null {
  if (status !== 429) return null;
  const told = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return told === undefined ? 1 : Number(told);
}

async function bounded(response: Response): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > LIMIT_BYTES) throw malformed(new URL(response.url).host);
    pieces.push(piece);
  }
  return await new Blob(pieces).text();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A word that can be shown: not what else could stand in its place. */
function plain(text: string | null | undefined): string | null {
  return text && /^[a-z][a-z0-9_:.,]{0,63}$/.test(text) ? text : null;
}

function unreachable(host: string, why: string): AppError {
  return new AppError("slack.unreachable", `Cannot reach Slack at ${host}: ${why}`, {
    hint: "Check the network and try again; whether something was posted can be seen at Slack",
  });
}

function malformed(host: string): AppError {
  return new AppError("slack.malformed", `The answer of ${host} is of no known form`);
}
