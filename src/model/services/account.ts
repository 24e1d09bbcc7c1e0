/** Logins at model services: what is kept of one, and what may be shown of it. */

/** Services whose logins ward knows. `codex` is the login of the Codex CLI, which ward never makes. */
export const ACCOUNT_NAMES = ["claude", "codex", "copilot", "chatgpt"] as const;

/** One of {@linkcode ACCOUNT_NAMES}. */
export type AccountName = typeof ACCOUNT_NAMES[number];

/** A login with its tokens. Never to be logged, shown or given to a model's compartment whole. */
export interface Login {
  /** Goes to the model service. */
  readonly accessToken: string;
  /** Gets new access tokens; goes to the login service only. Null: there is none. */
  readonly refreshToken: string | null;
  /** End of the access token, milliseconds since the epoch; null: the service does not say. */
  readonly expiresAtMs: number | null;
  /** Client that the login was made for: its tokens are refreshed under the same one. */
  readonly clientId: string;
  /** Whose it is, such as an e-mail address; null: the service does not say. */
  readonly account: string | null;
  readonly organization: string | null;
  /** Id of the account that its model service wants in a header; null: it wants none. */
  readonly accountId: string | null;
  /** Address of the model service where the login says so; null: the usual one. */
  readonly apiBase: string | null;
}

/** What a service gave for a code or a refresh token. */
export interface GrantedTokens {
  readonly accessToken: string;
  /** Null: the one before stays. */
  readonly refreshToken: string | null;
  readonly expiresInMs: number | null;
  readonly idToken: string | null;
  readonly account: string | null;
  readonly organization: string | null;
}

/** A device code that waits for its user. */
export interface DeviceCode {
  /** Asked for with each poll; secret. */
  readonly deviceId: string;
  /** For the user to type. */
  readonly userCode: string;
  /** Page where it is typed. */
  readonly verificationUrl: string;
  /** Shortest wait between two polls. */
  readonly intervalMs: number;
  readonly expiresInMs: number;
}

/** What a poll for a device code found. */
export type DevicePoll<T> =
  | { readonly state: "pending" }
  /** Ask less often from now on. */
  | { readonly state: "slow_down" }
  | { readonly state: "denied" }
  | { readonly state: "expired" }
  | { readonly state: "granted"; readonly granted: T };

/** A login as it is shown: no token, no part of one. */
export interface LoginReport {
  readonly name: AccountName;
  /** For people. */
  readonly title: string;
  readonly state:
    /** There is none. */
    | "none"
    /** It can be used now. */
    | "good"
    /** Its token has run out or soon will, and is renewed when it is used. */
    | "due"
    /** It has to be made anew. */
    | "stale"
    /** It cannot be read, or an address of its service cannot be used. */
    | "broken";
  /** Whose it is; null: not known. */
  readonly account: string | null;
  readonly organization: string | null;
  /** Address of the model service as the login says it, not checked yet; null: the usual one. */
  readonly apiBase: string | null;
  /** End of the token, ISO 8601; null: not known. */
  readonly expiresAt: string | null;
  /** Variable that switches renewing off; null: it is on. */
  readonly renewalOff: string | null;
  /** Where it is kept: a path, or `the saved secrets`. */
  readonly place: string;
  /** What is wrong, in a sentence; null: nothing. */
  readonly problem: string | null;
  /** Command that makes it good; null: nothing to do. */
  readonly mend: string | null;
}
