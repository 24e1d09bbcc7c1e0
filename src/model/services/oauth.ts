/** Services that `ward oauth` connects to. */

/** How tokens are got. */
export const OAUTH_TYPES = ["pkce", "authorization_code", "client_credentials"] as const;

/** One of {@linkcode OAUTH_TYPES}. */
export type OAuthType = typeof OAUTH_TYPES[number];

/** How a client says who it is (RFC 6749 §2.3.1). */
export const OAUTH_CLIENT_AUTHS = ["basic", "body"] as const;

/** One of {@linkcode OAUTH_CLIENT_AUTHS}. */
export type OAuthClientAuth = typeof OAUTH_CLIENT_AUTHS[number];

/** A service. */
export interface OAuthProvider {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly type: OAuthType;
  /** Opened in the browser only; null: it needs none. */
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string;
  /** Takes tokens back; null: it does not. */
  readonly revokeUrl: string | null;
  readonly scopes: readonly string[];
  /** Where its tokens may go. */
  readonly domains: readonly string[];
  readonly clientAuth: OAuthClientAuth;
  /** How tokens are given back: by RFC 7009, or as GitHub has it. */
  readonly revokeForm: "rfc7009" | "github";
  readonly builtIn: boolean;
}

/** Who ward is for a service; the secret is null for a public client. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string | null;
}

/** A connection as it is shown: no token, no part of one. */
export interface OAuthReport {
  readonly name: string;
  readonly title: string;
  readonly state: "good" | "due" | "stale" | "broken";
  readonly scopes: readonly string[];
  readonly domains: readonly string[];
  /** End of the token, ISO 8601; null: not known. */
  readonly expiresAt: string | null;
  /** What is wrong, in a sentence; null: nothing. */
  readonly problem: string | null;
  /** Command that makes it good; null: nothing to do. */
  readonly mend: string | null;
}
