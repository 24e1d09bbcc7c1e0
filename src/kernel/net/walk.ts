/**
 * The way of a request: the address is checked, its name resolved, every resolved address checked,
 * and one of those dialled; each redirect begins anew. So no name is looked up between check and
 * connection (rebinding), and no page leads further than its address could have.
 *
 * The resolver and what speaks to the checked address come in by parameter.
 */
import { AppError } from "../../base/app_error.ts";
import type { Clock } from "../ports.ts";
import {
  checkAddresses,
  type CheckedUrl,
  checkUrl,
  type GuardRules,
  shownHost,
} from "./check_url.ts";

/** Redirects that are followed. */
export const MAX_REDIRECTS = 5;

/** Longest time of a request with all its redirects, ms. */
export const WALK_LIMIT_MS = 20_000;

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Addresses of a name, IPv4 and IPv6; none for a name that does not exist. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** One request to one checked host. */
export interface Hop {
  readonly url: CheckedUrl;
  /** Checked; nothing else may be dialled. */
  readonly addresses: readonly string[];
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What is asked for. */
export interface WalkRequest {
  readonly url: string;
  /** @default "GET" */
  readonly method?: string | undefined;
  /** Go to every host of the way. @default {} */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers with credentials: only to the origin of `url`. @default {} */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** @default null */
  readonly body?: string | null | undefined;
  /** False: a redirect is the answer. @default true */
  readonly follows?: boolean | undefined;
  /**
   * Asked before a redirect leads to another host.
   *
   * @returns Why it is not followed; null: it is.
   * @default each is followed
   */
  readonly leadOn?: ((url: CheckedUrl, method: string) => Promise<string | null>) | undefined;
}

/** The least that an answer says. */
export interface HopAnswer {
  readonly status: number;
  /** Header `Location`, as it came. */
  readonly location: string | null;
}

/** What a walk needs of the world. */
export interface WalkPorts<A extends HopAnswer> {
  readonly resolve: Resolve;
  /** Makes one request to one of `hop.addresses` and follows nothing. */
  exchange(hop: Hop, signal: AbortSignal): Promise<A>;
  readonly clock: Clock;
}

/** Where a walk ended. */
export interface Walked<A extends HopAnswer> {
  readonly answer: A;
  readonly url: CheckedUrl;
  /** Redirects that were followed. */
  readonly redirects: number;
  /** A redirect that was not: where it leads, and why. @default null */
  readonly held?: { readonly url: CheckedUrl; readonly why: string } | null | undefined;
}

/**
 * Walks.
 *
 * @param rules Hosts that the owner named count for the address that was asked for, and for
 *   redirects within it; no other host leads there.
 * @param limitMs For all of it.
 * @throws {AppError} Family `net`: what {@linkcode checkUrl} says, `redirects`, `downgrade`,
 *   `redirect_body`, `late`; and what `resolve` and `exchange` throw.
 */
export async function walk<A extends HopAnswer>(
  request: WalkRequest,
  ports: WalkPorts<A>,
  rules: GuardRules,
  signal: AbortSignal,
  limitMs: number = WALK_LIMIT_MS,
): Promise<Walked<A>> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const late = ports.clock.delay(limitMs, ended.signal).then(
    () => {
      throw new AppError("net.late", `No whole answer within ${limitMs / 1000} s`, {
        hint: "Try again later, or another address",
      });
    },
  );
  const cancelled = new Promise<never>((_, reject) => {
    stop.addEventListener("abort", () => reject(stop.reason), { once: true });
  });
  cancelled.catch(() => {});
  try {
    // What hangs is not waited for; its part of the world is ended by the signal.
    return await Promise.race([follow(request, ports, rules, stop), late, cancelled]);
  } finally {
    late.catch(() => {});
    ended.abort(new AppError("net.ended", "The request has ended"));
  }
}

async function follow<A extends HopAnswer>(
  request: WalkRequest,
  ports: WalkPorts<A>,
  rules: GuardRules,
  signal: AbortSignal,
): Promise<Walked<A>> {
  signal.throwIfAborted();
  const first = checkUrl(request.url, rules);
  let url = first;
  let method = request.method ?? "GET";
  let body = request.body ?? null;
  let isWithin = true;
  for (let redirects = 0;; redirects++) {
    const found = url.isAddress ? [url.hostname] : await ports.resolve(url.hostname, signal);
    const addresses = checkAddresses(url, found, first.host);
    const credentials = isWithin ? request.credentials : {};
    const headers = { ...request.headers, ...credentials };
    const answer = await ports.exchange({ url, addresses, method, headers, body }, signal);
    const leads = REDIRECTS.includes(answer.status) && answer.location !== null;
    if (request.follows === false || !leads || answer.location === null) {
      return { answer, url, redirects };
    }
    if (redirects === MAX_REDIRECTS) {
      throw new AppError("net.redirects", `Stopped after ${MAX_REDIRECTS} redirects`, {
        hint: "The pages send each other around; use another address",
      });
    }
    const next = redirectTo(answer.location, url, { ...rules, asked: first.host });
    // Once out, credentials do not come back by a redirect home.
    isWithin &&= next.scheme === first.scheme && next.host === first.host;
    if (answer.status === 303 || (method === "POST" && answer.status <= 302)) {
      method = method === "HEAD" ? "HEAD" : "GET";
      body = null;
    }
    if (body !== null && !isWithin) {
      throw new AppError("net.redirect_body", "It redirects what was sent to another host", {
        hint: "Nothing is sent there; ask that address itself if it is right",
      });
    }
    if (next.host !== url.host) {
      const why = await request.leadOn?.(next, method) ?? null;
      signal.throwIfAborted();
      if (why !== null) return { answer, url, redirects, held: { url: next, why } };
    }
    url = next;
  }
}

/** Checks where an answer leads. A host that the owner named is reached by its own redirects only. */
function redirectTo(location: string, from: CheckedUrl, rules: GuardRules): CheckedUrl {
  const shown = shownHost(from.host, rules.asked);
  if (!URL.canParse(location, from.href)) {
    throw new AppError("net.malformed", `Refused to follow ${shown}: it leads to no address`);
  }
  // A relative one is made whole; a whole one is checked as it was written.
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(location.trim());
  const text = isWhole ? location : new URL(location, from.href).href;
  const owners = (rules.owners ?? []).filter((host) => host === from.host);
  const next = checkUrl(text, { ...rules, owners });
  if (from.scheme === "https" && next.scheme === "http") {
    throw new AppError(
      "net.downgrade",
      `Refused to follow ${shown}: it leads from https to http`,
    );
  }
  return next;
}
