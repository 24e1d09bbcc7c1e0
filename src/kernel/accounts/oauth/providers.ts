/**
 * Services that `ward oauth` knows. Sources: X, "OAuth 2.0 Authorization Code Flow with PKCE"; GitHub,
 * "Authorizing OAuth apps" and "REST API endpoints for OAuth authorizations".
 */
import type { OAuthProvider } from "../../../model/services/oauth.ts";

const TWITTER: OAuthProvider = {
  name: "twitter",
  title: "X (Twitter)",
  type: "pkce",
  authorizeUrl: "https://x.com/i/oauth2/authorize",
  tokenUrl: "https://api.x.com/2/oauth2/token",
  revokeUrl: "https://api.x.com/2/oauth2/revoke",
  // Without the last one there is no refresh token, and a connection ends after two hours.
  scopes: ["tweet.read", "tweet.write", "users.read", "offline.access"],
  domains: ["api.x.com", "api.twitter.com"],
  clientAuth: "basic",
  revokeForm: "rfc7009",
  issuer: null,
  resource: null,
  builtIn: true,
};

const GITHUB: OAuthProvider = {
  name: "github",
  title: "GitHub",
  type: "pkce",
  authorizeUrl: "https://github.com/login/oauth/authorize",
  tokenUrl: "https://github.com/login/oauth/access_token",
  revokeUrl: "https://api.github.com/applications",
  scopes: ["read:user", "repo"],
  domains: ["api.github.com"],
  clientAuth: "body",
  revokeForm: "github",
  issuer: null,
  resource: null,
  builtIn: true,
};

/** Services without any setting. */
export const BUILT_IN: readonly OAuthProvider[] = [TWITTER, GITHUB];

/** Other names of them. */
export const OAUTH_ALIASES: Readonly<Record<string, string>> = { x: "twitter" };

/** All services by name; one of the configuration takes the place of one of the same name. */
export function oauthProviders(configured: readonly OAuthProvider[]): readonly OAuthProvider[] {
  const own = new Set(configured.map(({ name }) => name));
  return [...BUILT_IN.filter(({ name }) => !own.has(name)), ...configured];
}

/** A service as a user types it; null: there is none. */
export function oauthProvider(
  text: string,
  providers: readonly OAuthProvider[],
): OAuthProvider | null {
  const find = (name: string) => providers.find((one) => one.name === name) ?? null;
  return find(text) ?? find(OAUTH_ALIASES[text] ?? "");
}
