/** Logins at MCP servers, as the rest of ward sees them: no token but in the header of a request. */

/** Why a server is not asked with a login. */
export const MCP_AUTH_REASONS = [
  /** There is none. Many servers want none: they are asked without. */
  "no_login",
  /** The server, or the service that made the token, does not take it any more. */
  "invalid_token",
  /** It has run out, and nothing was given to renew it by. */
  "expired",
  /** It was made for another address: a token goes to the server that it is for alone. */
  "other_address",
  /** It has to be renewed, and the service for that cannot be reached now. */
  "unreachable",
  /** The server wants more scopes than the login has. */
  "insufficient_scope",
] as const;

/** One of {@linkcode MCP_AUTH_REASONS}. */
export type McpAuthReason = typeof MCP_AUTH_REASONS[number];

/** What a request to a server may say. */
export type McpAuthorization =
  /** Value of the header `Authorization`. Never to be logged or kept: ask again for the next one. */
  | { readonly header: string }
  | { readonly problem: McpAuthReason };

/**
 * Asked for each request to an HTTP server, so that a login that was renewed, made anew or ended
 * meanwhile counts at once. Never rejects for want of a login.
 *
 * @param alias Name of the server in the configuration.
 * @param url Its address there.
 * @param refused The header that it answered with 401: it counts as run out, and is renewed once.
 */
export type McpAuthorizer = (
  alias: string,
  url: string,
  refused?: string,
) => Promise<McpAuthorization>;
