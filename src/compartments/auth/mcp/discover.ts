/**
 * Finds the login service of an MCP server, and registers ward there, by the functions of the
 * protocol's SDK. Sources: MCP 2025-11-25 "Authorization"; RFC 9728, RFC 8414, OpenID Connect
 * Discovery 1.0, RFC 7591.
 */
import {
  checkResourceAllowed,
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  IssuerMismatchError,
  registerClient,
  RegistrationRejectedError,
} from "@modelcontextprotocol/client";
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { Discovered, discoverParams, registered, registerParams } from "./api.ts";
import { type Fetch, NotMade } from "./wanted_requests.ts";

/**
 * Looks for it.
 *
 * @throws {AppError} `mcp.login_service`: there is none, or what is said of it does not fit.
 */
export async function discover(
  { serverUrl, challenge }: z.infer<ReturnType<typeof discoverParams>>,
  fetch: Fetch,
): Promise<Discovered> {
  const said = readChallenge(challenge);
  const resource = await resourceOf(serverUrl, said.resourceMetadataUrl, fetch);
  if (resource !== null) checkResource(serverUrl, resource.resource);
  const [named] = resource?.authorization_servers ?? [];
  if (named !== undefined && !URL.canParse(named)) throw unusable("it names no login service");
  // A server of the protocol's first revision is its own login service.
  const issuer = named ?? new URL("/", serverUrl).href;
  const service = await serviceOf(issuer, fetch);
  const scopes = words(said.scope) ?? resource?.scopes_supported ?? null;
  if (service !== null) {
    return {
      resource: resource?.resource ?? null,
      scopes,
      issuer: service.issuer,
      sendsIssuer: service.authorization_response_iss_parameter_supported === true,
      authorizeUrl: service.authorization_endpoint,
      tokenUrl: service.token_endpoint,
      registrationUrl: service.registration_endpoint ?? null,
      revokeUrl: "revocation_endpoint" in service && typeof service.revocation_endpoint === "string"
        ? service.revocation_endpoint
        : null,
      knownScopes: service.scopes_supported ?? null,
      clientAuths: service.token_endpoint_auth_methods_supported ?? null,
      challengeMethods: service.code_challenge_methods_supported ?? null,
      isDescribed: true,
    };
  }
  if (named !== undefined) {
    throw unusable("the login service that it names does not describe itself (RFC 8414)");
  }
  if (challenge === null) throw unusable("it asks for no login, and names no login service");
  return {
    resource: resource?.resource ?? null,
    scopes,
    issuer,
    sendsIssuer: false,
    authorizeUrl: new URL("/authorize", issuer).href,
    tokenUrl: new URL("/token", issuer).href,
    registrationUrl: new URL("/register", issuer).href,
    revokeUrl: null,
    knownScopes: null,
    clientAuths: null,
    challengeMethods: null,
    isDescribed: false,
  };
}

/**
 * Registers ward.
 *
 * @throws {AppError} `mcp.registration`.
 */
export async function register(
  { issuer, registrationUrl, redirectUri, name, scopes, auth }: z.infer<
    ReturnType<typeof registerParams>
  >,
  fetch: Fetch,
): Promise<z.infer<ReturnType<typeof registered>>> {
  const client = await registerClient(issuer, {
    metadata: {
      issuer,
      registration_endpoint: registrationUrl,
      authorization_endpoint: issuer,
      token_endpoint: issuer,
      response_types_supported: ["code"],
    },
    clientMetadata: {
      client_name: name,
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: auth,
      application_type: "native",
    },
    ...(scopes === null ? {} : { scope: scopes.join(" ") }),
    fetchFn: fetch,
  }).catch((error) => {
    if (error instanceof NotMade) throw error;
    const how = error instanceof RegistrationRejectedError ? `: HTTP ${error.status}` : "";
    throw new AppError("mcp.registration", `The login service did not take ward as a client${how}`);
  });
  const method = client.token_endpoint_auth_method ?? auth;
  const secret = client.client_secret ?? null;
  if (secret === null || (method === "none" && client.token_endpoint_auth_method === "none")) {
    return { client: { id: client.client_id, secret: null, auth: "body" } };
  }
  return {
    client: {
      id: client.client_id,
      secret,
      auth: method === "client_secret_post" ? "body" : "basic",
    },
  };
}

function readChallenge(challenge: string | null): ReturnType<typeof extractWWWAuthenticateParams> {
  if (challenge === null) return {};
  return extractWWWAuthenticateParams(
    new Response(null, { status: 401, headers: { "www-authenticate": challenge } }),
  );
}

type Resource = Awaited<ReturnType<typeof discoverOAuthProtectedResourceMetadata>>;

/** What the server says of itself (RFC 9728); null: nothing. */
async function resourceOf(
  serverUrl: string,
  named: URL | undefined,
  fetch: Fetch,
): Promise<Resource | null> {
  try {
    return await discoverOAuthProtectedResourceMetadata(
      serverUrl,
      named ? { resourceMetadataUrl: named } : {},
      fetch,
    );
  } catch (error) {
    if (error instanceof NotMade) throw error;
    // Where it says nothing at the usual places, it is one of the first revision.
    if (named === undefined && !isMalformed(error)) return null;
    throw unusable("what it says of its login is not there, or in no known form (RFC 9728)");
  }
}

function checkResource(serverUrl: string, resource: string): void {
  const isFor = URL.canParse(resource) &&
    checkResourceAllowed({ requestedResource: serverUrl, configuredResource: resource });
  if (!isFor) throw unusable("it asks for tokens that are for another server (RFC 9728 §3.3)");
}

async function serviceOf(
  issuer: string,
  fetch: Fetch,
): Promise<NonNullable<Awaited<ReturnType<typeof discoverAuthorizationServerMetadata>>> | null> {
  try {
    return await discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch }) ?? null;
  } catch (error) {
    if (error instanceof NotMade) throw error;
    throw unusable(
      error instanceof IssuerMismatchError
        ? "its login service gives itself out for another one (RFC 8414 §3.3)"
        : "what its login service says of itself is in no known form",
    );
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof z.ZodError || error instanceof SyntaxError ||
    (error instanceof Error && error.name === "ZodError");
}

function words(text: string | undefined): string[] | null {
  const all = text?.split(/\s+/).filter((one) => one !== "") ?? [];
  return all.length === 0 ? null : all;
}

function unusable(why: string): AppError {
  return new AppError("mcp.login_service", `Cannot log in at the server: ${why}`);
}
