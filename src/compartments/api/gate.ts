/**
 * Who is let in. Nothing of a body is read, and nothing gets to the kernel, before all of this holds.
 *
 * A page in the owner's browser can send requests to this machine, also by a name of its own that
 * leads here (DNS rebinding): hence `Host`, `Origin` and `Sec-Fetch-Site` are looked at first.
 */
import type { REFUSALS, ServeParams } from "./api.ts";
import type { FailureLimit } from "./failure_limit.ts";

/** Longest value of `Authorization`, characters. */
const MAX_AUTHORIZATION = 512;

/** Let in, or what is answered in place of that. */
export type Verdict =
  | { readonly type: "in" }
  | {
    readonly type: "refused";
    readonly status: number;
    readonly error: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Left out: not worth a line in the log. */
    readonly why?: typeof REFUSALS[number];
  };

/** What it looks at of a request. */
export interface Asked {
  readonly url: string;
  readonly headers: Pick<Headers, "get" | "has">;
  /** Address that it came from. */
  readonly from: string;
}

/** Values of `Host` that are ward's. @param port Where it listens in fact. */
export function ownHosts(
  { hostname, names }: Pick<ServeParams, "hostname" | "names">,
  port: number,
): ReadonlySet<string> {
  const isLoopback = /^(?:127\.\d|::1$|localhost$)/.test(hostname);
  const own = [hostname, ...names, ...isLoopback ? ["localhost", "127.0.0.1", "::1"] : []];
  return new Set(own.flatMap((name) => {
    const host = (name.includes(":") ? `[${name}]` : name).toLowerCase();
    return port === 80 ? [host, `${host}:80`] : [`${host}:${port}`];
  }));
}

/** Whether it is for ward, and from no page of somebody else. */
export function checkOrigin({ url, headers }: Asked, own: ReadonlySet<string>): Verdict {
  const host = headers.get("host")?.toLowerCase() ?? "";
  // An absolute address in the request line counts before the header (RFC 9112 §3.2.2).
  if (!own.has(host) || new URL(url).host !== new URL(`http://${host}`).host) {
    return {
      type: "refused",
      status: 403,
      error: "This host is not served here",
      why: "host",
    };
  }
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isForeign = (origin !== null && origin.toLowerCase() !== `http://${host}`) ||
    (site !== null && site !== "same-origin" && site !== "none");
  return isForeign
    ? {
      type: "refused",
      status: 403,
      error: "Requests of other sites are not served",
      why: "origin",
    }
    : { type: "in" };
}

/** Whether it has the token. */
export async function checkToken(
  { headers, from }: Asked,
  { salt, hashHex }: ServeParams["token"],
  limit: FailureLimit,
  nowMs: number,
): Promise<Verdict> {
  const given = headers.get("authorization");
  if (given === null) return NO_TOKEN;
  const waitMs = limit.waitMs(from, nowMs);
  if (waitMs > 0) {
    return {
      type: "refused",
      status: 429,
      error: "Too many wrong tokens",
      headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
      why: "limited",
    };
  }
  const token = given.length > MAX_AUTHORIZATION ? null : /^Bearer ([!-~]+)$/i.exec(given)?.[1];
  if (token && isSame(await hashOf(salt, token), hashHex)) return { type: "in" };
  limit.failed(from, nowMs);
  return { ...NO_TOKEN, why: "token" };
}

const NO_TOKEN: Verdict & { type: "refused" } = {
  type: "refused",
  status: 401,
  error: "Invalid or missing bearer token",
  headers: { "www-authenticate": 'Bearer realm="ward"' },
};

/** SHA-256 of salt and token, 64 hex digits. */
export async function hashOf(salt: string, token: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${salt}:${token}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Compares two hashes; how long that takes says nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
