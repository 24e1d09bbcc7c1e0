import * as z from "zod";
import { lazily } from "../../base/lazily.ts";

/** How a login service is spoken to. */
export const loginProtocol = z.enum(["anthropic", "openai", "github"]);

const address = z.string();

/** Asks for tokens by a code. */
export const exchangeParams = lazily(() =>
  z.object({
    protocol: loginProtocol,
    tokenUrl: address,
    clientId: z.string(),
    code: z.string(),
    state: z.string().nullable(),
    verifier: z.string(),
    redirectUri: z.string(),
  })
);

/** Asks for tokens by a refresh token. */
export const refreshParams = lazily(() =>
  z.object({
    protocol: loginProtocol,
    tokenUrl: address,
    clientId: z.string(),
    refreshToken: z.string(),
  })
);

/** Gives a token back. */
export const revokeParams = lazily(() =>
  z.object({
    protocol: loginProtocol,
    revokeUrl: address,
    clientId: z.string(),
    token: z.string(),
  })
);

/** Asks for a device code. */
export const deviceParams = lazily(() =>
  z.object({
    protocol: loginProtocol,
    deviceUrl: address,
    clientId: z.string(),
    scopes: z.string(),
    /** Page for the code, where the service does not say it. */
    verifyUrl: z.string().nullable(),
  })
);

/** Asks whether a device code was typed. */
export const pollParams = lazily(() =>
  z.object({
    protocol: loginProtocol,
    pollUrl: address,
    clientId: z.string(),
    deviceId: z.string(),
    userCode: z.string(),
  })
);

/** Asks for the model service's own short token. */
export const shortTokenParams = lazily(() =>
  z.object({
    exchangeUrl: address,
    token: z.string(),
    /** Name and version of the program, which the service asks every client for. */
    editor: z.string(),
  })
);

/** Waits for the browser to bring a code. */
export const listenParams = lazily(() =>
  z.object({
    /** What the answer must carry. */
    state: z.string(),
    /** Who the answer must be of (RFC 9207); null: it is not compared. */
    issuer: z.object({ id: z.string(), isSent: z.boolean() }).nullable(),
    /** Where the browser is sent to; missing: to a free port. */
    place: z.object({ port: z.number().int(), path: z.string() }).optional(),
  })
);

/** A client as a service of OAuth 2 takes it. */
export const oauthClient = lazily(() =>
  z.object({
    id: z.string(),
    /** null: a public one. */
    secret: z.string().nullable(),
    /** How the secret goes there (RFC 6749 §2.3.1). */
    auth: z.enum(["basic", "body"]),
  })
);

/** Asks a service of OAuth 2 for tokens. */
export const oauthTokenParams = lazily(() =>
  z.object({
    tokenUrl: address,
    client: oauthClient(),
    /** The grant, by the names of RFC 6749 §4. */
    fields: z.record(z.string(), z.string()),
  })
);

/** Gives tokens back there. */
export const oauthRevokeParams = lazily(() =>
  z.object({
    revokeUrl: address,
    client: oauthClient(),
    form: z.enum(["rfc7009", "github", "slack"]),
    token: z.string(),
  })
);

/** Asks Slack for tokens of the user, by a code or a refresh token. */
export const slackTokenParams = oauthTokenParams;

/** Tokens of a user of Slack as they cross. */
export const slackTokens = lazily(() =>
  z.object({
    accessToken: z.string(),
    refreshToken: z.string().nullable(),
    expiresInMs: z.number().nullable(),
    scopes: z.array(z.string()).nullable(),
    userId: z.string().nullable(),
    team: z.object({ id: z.string(), name: z.string() }).nullable(),
  })
);

/** Tokens of a user of Slack. */
export type SlackTokens = z.infer<ReturnType<typeof slackTokens>>;
/** Tokens of such a service as they cross. */
export const oauthTokens = lazily(() =>
  z.object({
    accessToken: z.string(),
    refreshToken: z.string().nullable(),
    expiresInMs: z.number().nullable(),
    /** null: as they were asked for. */
    scopes: z.array(z.string()).nullable(),
  })
);

/** Tokens of such a service. */
export type OAuthTokens = z.infer<ReturnType<typeof oauthTokens>>;

/** Events of `listen`. */
export const listenEvent = lazily(() =>
  z.union([
    /** It listens: `http://localhost:PORT/callback` is the address for the browser. */
    z.object({ port: z.number().int() }),
    /** A request that brought no code of this login, and why. */
    z.object({ refused: z.string() }),
  ])
);

/** Tokens as they cross. */
export const grantedTokens = lazily(() =>
  z.object({
    accessToken: z.string(),
    refreshToken: z.string().nullable(),
    expiresInMs: z.number().nullable(),
    idToken: z.string().nullable(),
    account: z.string().nullable(),
    organization: z.string().nullable(),
  })
);

/** A device code as it crosses. */
export const deviceCode = lazily(() =>
  z.object({
    deviceId: z.string(),
    userCode: z.string(),
    verificationUrl: z.string(),
    intervalMs: z.number(),
    expiresInMs: z.number(),
  })
);

/** What a granted poll gives: tokens at once, or a code with its verifier to exchange. */
export const pollGrant = lazily(() =>
  z.union([
    z.object({ tokens: grantedTokens() }),
    z.object({ code: z.string(), verifier: z.string() }),
  ])
);

/** What a granted poll gives. */
export type PollGrant = z.infer<ReturnType<typeof pollGrant>>;

/** The result of a poll as it crosses. */
export const pollResult = lazily(() =>
  z.discriminatedUnion("state", [
    z.object({ state: z.literal("pending") }),
    z.object({ state: z.literal("slow_down") }),
    z.object({ state: z.literal("denied") }),
    z.object({ state: z.literal("expired") }),
    z.object({ state: z.literal("granted"), granted: pollGrant() }),
  ])
);

/** The model service's own short token as it crosses. */
export const shortToken = lazily(() =>
  z.object({
    token: z.string(),
    expiresAtMs: z.number(),
    apiBase: z.string().nullable(),
  })
);
