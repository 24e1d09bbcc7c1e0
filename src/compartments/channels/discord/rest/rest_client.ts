/**
 * Requests to Discord's REST API. It repeats nothing that acts: whether something is sent again is
 * for whoever knows what was stored. The token goes to the API's own address alone, and no redirect
 * is followed.
 * Source: Discord's documentation, "API Reference", "Rate Limits".
 */
import * as z from "zod";
import { AppError } from "../../../../base/app_error.ts";
import { wasNeverSent } from "../../../../base/never_sent.ts";
import type { Clock } from "../../../../kernel/ports.ts";
import { sendOnce } from "../../../../base/send_once.ts";
import { RateLimits } from "./rate_limits.ts";

/** Version of API and gateway that all this is written for. */
export const API_VERSION = 10;

/** Longest wait for an answer, ms; a file of some megabytes is sent within it. */
const TIMEOUT_MS = 60_000;

/** A hundred messages with all that hangs on them are some hundred kilobytes. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** How often, and how long at most, a request that only reads waits for a limit. */
const MAX_WAITS = 3;
const MAX_WAIT_MS = 60_000;

/** A request. */
export interface RestRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below the API's address, without a slash before it; ids in it are checked. */
  readonly path: string;
  /** Id of the channel that it concerns; limits count by it. @default none */
  readonly channel?: string | undefined;
  /** JSON, or a form with files. @default none */
  readonly body?: object | FormData | undefined;
  /** A request with a token of its own in its path takes no other one. @default true */
  readonly withToken?: boolean | undefined;
}

/** How it ended. */
export type RestAnswer =
  | { readonly type: "ok"; readonly body: unknown }
  | { readonly type: "limited"; readonly afterMs: number }
  /** `code`: Discord's number for it; 0: none. */
  | { readonly type: "refused"; readonly status: number; readonly code: number }
  | { readonly type: "failed"; readonly isUnsure: boolean; readonly why: string };

/** Asks as one bot. */
export interface RestClient {
  /** One request, once. */
  ask(request: RestRequest, signal?: AbortSignal): Promise<RestAnswer>;
  /**
   * One that only reads: it waits for limits, and is parsed.
   *
   * @throws {AppError} `channel.token`, `channel.unreachable`, `channel.malformed`, and
   *   `channel.refused`, where Discord will not show it.
   */
  read<T>(schema: z.ZodType<T>, path: string, channel?: string, signal?: AbortSignal): Promise<T>;
}

/** What it works with. */
export interface RestSetup {
  /** Ending in `/`, without a version. */
  readonly apiUrl: string;
  readonly token: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

const refusal = z.object({ code: z.number().catch(0) });

/** Asks as one bot. */
export function createRest({ apiUrl, token, clock, fetch }: RestSetup): RestClient {
  const limits = new RateLimits(clock);
  const { host } = new URL(apiUrl);
  let isTokenOver = false;

  async function ask(request: RestRequest, signal?: AbortSignal): Promise<RestAnswer> {
    const { method, path, channel = "", body, withToken = true } = request;
    // Asking on with a token that is over gets an address locked out.
    if (isTokenOver && withToken) return { type: "refused", status: 401, code: 0 };
    const route = `${method} ${template(path, channel)}`;
    const afterMs = limits.take(route);
    if (afterMs > 0) return { type: "limited", afterMs };
    const sent = body && bodyOf(body);
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(`${apiUrl}v${API_VERSION}/${path}`, {
        method,
        headers: {
          // Discord asks for this form.
          "user-agent": "DiscordBot (ward, 1)",
          accept: "application/json",
          ...(withToken ? { authorization: `Bot ${token}` } : {}),
          ...sent?.headers,
        },
        ...(sent ? { body: sent.body } : {}),
        redirect: "manual",
        signal: AbortSignal.any([late, ...(signal ? [signal] : [])]),
      });
      const waitMs = limits.learn(route, channel, response);
      const said = parsed(await boundedText(response));
      if (waitMs !== null) return { type: "limited", afterMs: waitMs };
      if (response.ok) return { type: "ok", body: said };
      if (response.status >= 500) {
        return { type: "failed", isUnsure: true, why: `HTTP ${response.status} of ${host}` };
      }
      if (response.status === 401 && withToken) isTokenOver = true;
      const code = refusal.safeParse(said);
      return { type: "refused", status: response.status, code: code.success ? code.data.code : 0 };
    } catch (error) {
      signal?.throwIfAborted();
      if (late.aborted) return { type: "failed", isUnsure: true, why: `${host} did not answer` };
      return { type: "failed", isUnsure: !wasNeverSent(error), why: `could not reach ${host}` };
    }
  }

  async function read<T>(
    schema: z.ZodType<T>,
    path: string,
    channel?: string,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let waits = 0;; waits++) {
      const answer = await ask({ method: "GET", path, channel }, signal);
      if (answer.type === "limited" && waits < MAX_WAITS && answer.afterMs <= MAX_WAIT_MS) {
        await clock.delay(answer.afterMs, signal);
        continue;
      }
      if (answer.type !== "ok") throw errorOf(answer, host);
      const result = schema.safeParse(answer.body);
      if (!result.success) {
        throw new AppError("channel.malformed", `The answer of ${host} is of no known form`);
      }
      return result.data;
    }
  }
  return { ask, read };
}

/** What kept a request from being answered. */
export function errorOf(answer: Exclude<RestAnswer, { type: "ok" }>, host: string): AppError {
  if (answer.type === "failed") {
    return new AppError("channel.unreachable", `Discord: ${answer.why}`, {
      hint: "Check the network, and whether Discord has an outage",
    });
  }
  if (answer.type === "limited") {
    const seconds = Math.ceil(answer.afterMs / 1000);
    return new AppError("channel.unreachable", `Discord lets the bot ask again in ${seconds} s`);
  }
  if (answer.status === 401) return tokenError();
  const code = answer.code === 0 ? "" : `, code ${answer.code}`;
  return new AppError("channel.refused", `${host} refused it: HTTP ${answer.status}${code}`, {
    hint: "Check which channels the bot may see, and what it may do there",
  });
}

/** Discord does not know the token. */
export function tokenError(): AppError {
  return new AppError("channel.token", "Discord does not accept the bot's token", {
    hint: "Make a new one at discord.com/developers/applications, your application, Bot, " +
      "Reset Token; save it by `ward channels add`",
  });
}

function bodyOf(body: object | FormData) {
  if (!(body instanceof FormData)) {
    return {
      body: sendOnce(JSON.stringify(body)),
      headers: { "content-type": "application/json" },
    };
  }
  // Of a form, too, a stream that is read once.
  const { body: stream, headers } = new Response(body);
  return { body: stream, headers: { "content-type": headers.get("content-type") ?? "" } };
}

/** A path without its ids but the channel's, and without a query: what limits are counted by. */
function template(path: string, channel: string): string {
  const [route = ""] = path.split("?");
  return route.split("/").map((part) => part !== channel && /^\d{1,20}$/.test(part) ? ":id" : part)
    .map((part) => part.length > 60 ? ":token" : part).join("/");
}

async function boundedText(response: Response): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > LIMIT_BYTES) throw new TypeError("too long");
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
