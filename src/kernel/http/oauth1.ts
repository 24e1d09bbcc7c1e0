/**
 * Signs a request by OAuth 1.0a with HMAC-SHA1: what of it must stay as it is, is bound to the keys.
 *
 * Source: RFC 5849 §3.4 (signature), §3.5.1 (header), §3.6 (percent-encoding).
 */
import type { OAuth1Keys } from "../../model/services/http_profile.ts";

/** What is signed. */
export interface SignedRequest {
  readonly method: string;
  /** Canonical, whole. */
  readonly url: string;
  /** Body of a form; null: it is none, and no part of the signature. */
  readonly form: string | null;
}

/** What makes two signatures of one request differ. */
export interface Oauth1Moment {
  readonly nonce: string;
  /** Seconds since the epoch. */
  readonly timestampS: number;
}

/** The value of the header `Authorization`. */
export async function oauth1Header(
  request: SignedRequest,
  keys: OAuth1Keys,
  { nonce, timestampS }: Oauth1Moment,
): Promise<string> {
  const protocol: [string, string][] = [
    ["oauth_consumer_key", keys.consumerKey],
    ["oauth_nonce", nonce],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_timestamp", String(timestampS)],
    ["oauth_token", keys.token],
    ["oauth_version", "1.0"],
  ];
  const signature = await oauth1Signature(request, protocol, keys);
  const all = [...protocol, ["oauth_signature", signature] as const];
  return `OAuth ${all.map(([name, value]) => `${encode(name)}="${encode(value)}"`).join(", ")}`;
}

/**
 * The signature, base64.
 *
 * @param protocol The `oauth_` parameters without the signature.
 */
export async function oauth1Signature(
  request: SignedRequest,
  protocol: readonly (readonly [string, string])[],
  { consumerSecret, tokenSecret }: Pick<OAuth1Keys, "consumerSecret" | "tokenSecret">,
): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey(
    "raw",
    bytes(`${encode(consumerSecret)}&${encode(tokenSecret)}`),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign("HMAC", key, bytes(oauth1Base(request, protocol)));
  return btoa(String.fromCharCode(...new Uint8Array(signed)));
}

/** The text that is signed (RFC 5849 §3.4.1). */
export function oauth1Base(
  { method, url, form }: SignedRequest,
  protocol: readonly (readonly [string, string])[],
): string {
  const { protocol: scheme, host, pathname, searchParams } = new URL(url);
  const parameters = [...searchParams, ...new URLSearchParams(form ?? ""), ...protocol]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`).join("&");
  return [method.toUpperCase(), `${scheme}//${host}${pathname}`, parameters].map(encode).join("&");
}

/** By bytes: what is compared is ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
