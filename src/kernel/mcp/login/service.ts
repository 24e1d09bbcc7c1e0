/** What becomes of a discovered login service: its addresses checked, its client, its scopes. */
import { AppError, UsageError } from "../../../base/app_error.ts";
import type { OAuthConnection, OAuthProvider } from "../../../model/services/oauth.ts";
import { checkUrl, type GuardRules } from "../../net/check_url.ts";
import { mcpLoginCommand } from "./auth_required.ts";

/** A login service as it describes itself; nothing of it is believed yet. */
export interface DescribedService {
  readonly issuer: string;
  readonly sendsIssuer: boolean;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly registrationUrl: string | null;
  readonly revokeUrl: string | null;
  /** Scopes that the server asks for; null: it does not say. */
  readonly scopes: readonly string[] | null;
  /** Scopes that the service knows; null: it does not say. */
  readonly knownScopes: readonly string[] | null;
  readonly clientAuths: readonly string[] | null;
  readonly challengeMethods: readonly string[] | null;
  readonly isDescribed: boolean;
}

/**
 * Checks what a service says of itself, before anything is sent there.
 *
 * @throws {AppError} Family `net`: an address that is not reached; `mcp.no_pkce`.
 */
export function checkService(service: DescribedService, rules: GuardRules): void {
  const { authorizeUrl, tokenUrl, registrationUrl, revokeUrl } = service;
  for (const url of [service.issuer, authorizeUrl, tokenUrl, registrationUrl, revokeUrl]) {
    if (url !== null) checkUrl(url, rules);
  }
  // Without it who steals the code has the tokens; a service that knows it says so (MCP 2025-11-25).
  if (service.isDescribed && !service.challengeMethods?.includes("S256")) {
    throw new AppError(
      "mcp.no_pkce",
      "Cannot log in at the server: its login service does not say that it knows PKCE with S256",
      { hint: "Nothing was sent; ask who runs the service to offer it" },
    );
  }
}

/** The ways for a client to say who it is that ward knows. */
export type ClientAuth = "none" | "client_secret_basic" | "client_secret_post";

/** How a client that ward registers says who it is: with no secret where the service lets it. */
export function registeredAuth(offered: readonly string[] | null): ClientAuth {
  if (offered === null || offered.includes("none")) return "none";
  if (offered.includes("client_secret_basic")) return "client_secret_basic";
  return offered.includes("client_secret_post") ? "client_secret_post" : "none";
}

/** How a client that the owner gave says who it is. Source: RFC 6749 §2.3.1: basic is always known. */
export function givenAuth(offered: readonly string[] | null): OAuthProvider["clientAuth"] {
  const wantsBody = offered?.includes("client_secret_post") === true &&
    !offered.includes("client_secret_basic");
  return wantsBody ? "body" : "basic";
}

/**
 * Scopes to ask for; none: the service's usual ones.
 *
 * @param own Those that the owner wants; null: what the server asks for.
 */
export function wantedScopes(
  { scopes, knownScopes }: Pick<DescribedService, "scopes" | "knownScopes">,
  own: readonly string[] | null,
): readonly string[] {
  const wanted = own ?? scopes ?? [];
  // Many services give nothing to renew by without it (MCP SEP-2207).
  const adds = own === null && wanted.length > 0 && !wanted.includes("offline_access") &&
    knownScopes?.includes("offline_access") === true;
  return adds ? [...wanted, "offline_access"] : wanted;
}

/**
 * Address for codes of a client that ward registers: one for each login service, so that no other
 * one's answers fit. Source: RFC 9700 §4.4.2.
 *
 * @param hash SHA-256 of the issuer.
 */
export function callbackFor(callbackUrl: string, hash: Uint8Array): string {
  const tag = [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const url = new URL(callbackUrl);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${tag}`;
  return url.href;
}

/** The service of a kept login, in the form of those of `ward oauth`. */
export function providerOf(
  alias: string,
  { service, scopes }: Pick<OAuthConnection, "service" | "scopes">,
): OAuthProvider | null {
  return service && {
    name: alias,
    title: `the MCP server "${alias}"`,
    type: "pkce",
    // Only a login opens it, and asks anew where it is.
    authorizeUrl: null,
    tokenUrl: service.tokenUrl,
    revokeUrl: service.revokeUrl,
    scopes,
    domains: [],
    clientAuth: service.clientAuth,
    revokeForm: "rfc7009",
    issuer: { id: service.issuer, isSent: false },
    resource: service.resource,
    builtIn: false,
  };
}

/** @returns The failure of a login at a service that registers nobody. */
export function needsClient(alias: string): UsageError {
  return new UsageError(
    "mcp.needs_client",
    `Cannot log in at "${alias}": its login service takes only clients that are registered there`,
    {
      hint: "Register one with the address of oauth.callback_url, write its id into " +
        `mcpServers.${alias}.oauth.clientId, and again: ${mcpLoginCommand(alias)}`,
    },
  );
}
