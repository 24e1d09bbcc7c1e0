/** Named credentials of `http_request`. */

/** Kinds of them. */
export const HTTP_PROFILE_TYPES = ["bearer", "header", "basic", "oauth1a", "oauth2"] as const;

/** One of {@linkcode HTTP_PROFILE_TYPES}. */
export type HttpProfileType = typeof HTTP_PROFILE_TYPES[number];

/** What a profile adds to a request. Never to be logged, shown or given to a model. */
export type HttpSecrets =
  | { readonly type: "bearer"; readonly token: string }
  | { readonly type: "header"; readonly name: string; readonly value: string }
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "oauth1a" } & OAuth1Keys
  /** The connection that has the tokens. */
  | { readonly type: "oauth2"; readonly connection: string };

/** Keys of OAuth 1.0a. */
export interface OAuth1Keys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly token: string;
  readonly tokenSecret: string;
}

/** A profile of the configuration. */
export interface ConfiguredProfile {
  readonly name: string;
  readonly type: HttpProfileType;
  /** As `canonicalHost` writes them. */
  readonly domains: readonly string[];
  /** null: one is missing. */
  readonly secrets: HttpSecrets | null;
}
