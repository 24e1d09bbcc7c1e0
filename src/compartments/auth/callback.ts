/**
 * Waits on this machine's loopback for the browser to bring the code of a login.
 *
 * Any page of the user's browser, and any program of this machine, can send something here. What
 * counts is the state, which only the page of the login service was told; the rest is refused as
 * early as it can be told apart, and the login goes on waiting.
 *
 * Source: RFC 8252 §7.3 and §8.9, RFC 9700 §4.7 (state), RFC 9207 §2.4 (issuer).
 */

import { AppError } from "../../base/app_error.ts";
import { type AnswerMarks, isOfIssuer } from "../../model/services/oauth.ts";

/** A request as far as it is looked at. */
export interface CallbackRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Pick<Headers, "get">;
}

/** What a request to the listener is. */
export type CallbackVerdict =
  | { readonly type: "code"; readonly code: string }
  /** The login service says no, of this very login. */
  | { readonly type: "denied" }
  | { readonly type: "refused"; readonly status: 400 | 403 | 404 | 405; readonly why: string };

/** Where the browser brings the code, at this machine. */
export interface CallbackPlace {
  /** 0: a free one. */
  readonly port: number;
  readonly path: string;
}

/** Place of a login whose service takes any port. */
export const FREE_PLACE: CallbackPlace = { port: 0, path: "/callback" };

const NO_ANSWER = "This is no answer to the login that ward waits for.";

/** Longest wait for the last page to be sent. */
const PAGE_LIMIT_MS = 1_000;

/**
 * Judges a request.
 *
 * @param expected `port` and `path`: of the listener; the marks of the login under way.
 */
export function judgeCallback(
  { method, path, query, headers }: CallbackRequest,
  { port, path: ownPath, state, issuer }: CallbackPlace & AnswerMarks,
): CallbackVerdict {
  const refused = (status: 400 | 403 | 404 | 405, why: string): CallbackVerdict => ({
    type: "refused",
    status,
    why,
  });
  // Another name for this address means that a page made its own name lead here.
  const host = headers.get("host") ?? "";
  if (host !== `localhost:${port}` && host !== `127.0.0.1:${port}`) {
    return refused(403, "it was sent to another host name");
  }
  // A browser that follows the login page names no origin; a script of another page does.
  if (headers.get("origin") !== null) return refused(403, "a script of another page sent it");
  const destination = headers.get("sec-fetch-dest");
  if (destination !== null && destination !== "document") {
    return refused(403, "it is no page that the browser went to");
  }
  if (method !== "GET") return refused(405, "it is no GET request");
  if (path !== ownPath) return refused(404, "it asks for another path");
  if (!isSame(query.get("state") ?? "", state)) {
    return refused(400, "it belongs to another login (its state differs)");
  }
  // Before what it brings is looked at: a code or a no of another service is not for this one.
  if (!isOfIssuer(query, issuer)) {
    return refused(400, "it is of another login service (its issuer differs)");
  }
  if (query.get("error") !== null) return { type: "denied" };
  const code = query.get("code") ?? "";
  return /^[\w.~%+/=-]{1,4096}$/.test(code)
    ? { type: "code", code }
    : refused(400, "it brings no code");
}

/** Compares in a time that does not tell where two texts of one length differ. */
function isSame(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}

/**
 * Listens until a code comes.
 *
 * @param report Told the port once, and of each request that was refused.
 * @returns The code; null when the login service said no.
 * @throws {AppError} `account.callback` where another program has the port.
 */
export async function listenForCode(
  marks: AnswerMarks,
  report: (event: { port: number } | { refused: string }) => void,
  signal: AbortSignal,
  place: CallbackPlace = FREE_PLACE,
): Promise<string | null> {
  const done = Promise.withResolvers<string | null>();
  let { port } = place;
  const server = serve(
    // The only port this compartment may listen on.
    {
      hostname: "127.0.0.1",
      port,
      onListen() {},
      // The runtime's own would print what was sent.
      onError: () => page(400, NO_ANSWER),
    },
    ({ method, url, headers }) => {
      const { pathname: path, searchParams: query } = new URL(url);
      const verdict = judgeCallback({ method, path, query, headers }, { ...place, ...marks, port });
      switch (verdict.type) {
        case "code":
          done.resolve(verdict.code);
          return page(200, "ward has what it needs. You can close this page.");
        case "denied":
          done.resolve(null);
          return page(200, "The login was refused. You can close this page.");
        case "refused":
          report({ refused: verdict.why });
          return page(verdict.status, NO_ANSWER);
      }
    },
  );
  port = server.addr.port;
  report({ port });
  const stop = () => done.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await done.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    // Lets the page be sent before the thread ends; a connection that says nothing is not waited for.
    const sent = Promise.withResolvers<void>();
    const timer = setTimeout(sent.resolve, PAGE_LIMIT_MS);
    await Promise.race([server.shutdown(), sent.promise]);
    clearTimeout(timer);
  }
}

function serve(
  options: Deno.ServeTcpOptions & { onListen(): void; onError(error: unknown): Response },
  handle: (request: Request) => Response,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve(options, handle);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new AppError(
      "account.callback",
      `Cannot wait for the browser: another program listens on port ${options.port}`,
      { hint: "End it, or set oauth.callback_url to another port, at the service too" },
    );
  }
}

function page(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      connection: "close",
    },
  });
}
