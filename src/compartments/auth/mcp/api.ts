import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import { oauthClient } from "../api.ts";

/** A request that the thread wants made: it reaches nothing itself. */
export const wantedRequest = lazily(() =>
  z.object({
    id: z.number().int(),
    url: z.string(),
    method: z.enum(["GET", "POST"]),
    headers: z.record(z.string(), z.string()),
    body: z.string().nullable(),
  })
);

/** A request that the thread wants made. */
export type WantedRequest = z.infer<ReturnType<typeof wantedRequest>>;

/** What came of one; null: nothing, for a reason that the kernel keeps. */
export const madeRequest = lazily(() =>
  z.object({
    id: z.number().int(),
    answer: z.object({
      status: z.number().int().min(200).max(599),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    }).nullable(),
  })
);

/** What came of one. */
export type MadeRequest = z.infer<ReturnType<typeof madeRequest>>;

/** Looks for the login service of a server. */
export const discoverParams = lazily(() =>
  z.object({
    serverUrl: z.string(),
    /** Header `WWW-Authenticate` of the server's 401; null: it sent none. */
    challenge: z.string().nullable(),
  })
);

const texts = z.array(z.string().max(512)).max(512);

/** A login service as it describes itself; its addresses are not checked yet. */
export const discovered = lazily(() =>
  z.object({
    /** What tokens are for, as the server says it; null: it does not say. */
    resource: z.string().nullable(),
    /** Scopes that the server asks for; null: it does not say. */
    scopes: texts.nullable(),
    issuer: z.string(),
    /** Whether its answers by the browser carry the issuer (RFC 9207). */
    sendsIssuer: z.boolean(),
    authorizeUrl: z.string(),
    tokenUrl: z.string(),
    registrationUrl: z.string().nullable(),
    revokeUrl: z.string().nullable(),
    /** Scopes that the service knows; null: it does not say. */
    knownScopes: texts.nullable(),
    /** Ways in which a client says who it is; null: it does not say. */
    clientAuths: texts.nullable(),
    /**
     * How it takes PKCE; null: it does not say, so it may not know it. Not asked where it describes
     * nothing at all, which only the protocol's first revision lets it do.
     */
    challengeMethods: texts.nullable(),
    /** False: it has no description, and its addresses are those of the first revision. */
    isDescribed: z.boolean(),
  })
);

/** A login service as it describes itself. */
export type Discovered = z.infer<ReturnType<typeof discovered>>;

/** Registers a client. Source: RFC 7591. */
export const registerParams = lazily(() =>
  z.object({
    issuer: z.string(),
    registrationUrl: z.string(),
    redirectUri: z.string(),
    name: z.string(),
    /** null: no scope is named. */
    scopes: z.array(z.string()).nullable(),
    auth: z.enum(["none", "client_secret_basic", "client_secret_post"]),
  })
);

/** The client that it became. */
export const registered = lazily(() =>
  z.object({
    client: oauthClient(),
  })
);
