/** Services that give tokens by OAuth 2: those of `ward oauth`, and those of MCP servers. */
import type { Login } from "./account.ts";

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
  /** How tokens are given back: by RFC 7009, or as GitHub or Slack have it. */
  readonly revokeForm: "rfc7009" | "github" | "slack";
  /** Who its answers by the browser say they are of; null: not known, and not compared. */
  readonly issuer: OAuthIssuer | null;
  /** What its tokens are for, told with each request (RFC 8707); null: it is not told. */
  readonly resource: string | null;
  readonly builtIn: boolean;
}

/** What tells the answers of one service from those of another (RFC 9207). */
export interface OAuthIssuer {
  readonly id: string;
  /** An answer without it is refused. */
  readonly isSent: boolean;
}

/** What an answer to a login under way has to carry. */
export interface AnswerMarks {
  readonly state: string;
  /** Who it is of; null: nothing is known of that, and it is not compared. */
  readonly issuer: OAuthIssuer | null;
}

/** Whether an answer is of the service that was asked. Source: RFC 9207 §2.4: compared as text. */
export function isOfIssuer(query: URLSearchParams, issuer: OAuthIssuer | null): boolean {
  if (issuer === null) return true;
  const said = query.getAll("iss");
  return said.length === 0 ? !issuer.isSent : said.length === 1 && said[0] === issuer.id;
}

/** Who ward is for a service; the secret is null for a public client. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string | null;
}

/** What a service gave, with the client that it was given to. Never to be logged or shown. */
export interface OAuthConnection {
  readonly client: OAuthClient;
  readonly scopes: readonly string[];
  readonly login: Login;
  /** The service as it was discovered; null: it stands in the configuration or in the program. */
  readonly service: DiscoveredService | null;
}

/** A login service of an MCP server, as the server and the service itself said when logging in. */
export interface DiscoveredService {
  /** Address of the MCP server: its tokens go there alone. */
  readonly serverUrl: string;
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
  readonly clientAuth: OAuthClientAuth;
  readonly resource: string;
  /** Address for codes that ward registered the client with; null: it was given a client. */
  readonly registeredFor: string | null;
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
