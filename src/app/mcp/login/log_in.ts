/** Logs in at an MCP server: its login service is found, ward is registered there, the user agrees. */
import {
  type LoginReach,
  loginRequest,
  reachRules,
  withListener,
  withMcpAuth,
} from "./login_thread.ts";
import { agreed, placeOf } from "../../accounts/oauth/agree.ts";
import type { ConnectionStore } from "../../accounts/oauth/connections.ts";
import type { AgreeScreen } from "../../accounts/screen.ts";
import { VERSION } from "../../start/version.ts";
import { AppError } from "../../../base/app_error.ts";
import type { Discovered } from "../../../compartments/auth/mcp/api.ts";
import type { McpAuthClient } from "../../../compartments/auth/mcp/client.ts";
import { systemClock } from "../../../host/process/system.ts";
import { blankLogin } from "../../../kernel/accounts/access.ts";
import { mcpLoginCommand } from "../../../kernel/mcp/login/auth_required.ts";
import {
  callbackFor,
  checkService,
  givenAuth,
  needsClient,
  registeredAuth,
  wantedScopes,
} from "../../../kernel/mcp/login/service.ts";
import type {
  DiscoveredService,
  OAuthClient,
  OAuthConnection,
  OAuthProvider,
} from "../../../model/services/oauth.ts";

/** A login to be made. */
export interface McpLogin {
  readonly alias: string;
  /** Address of the server. */
  readonly url: string;
  /** The owner's own client there; null: ward registers one. */
  readonly client: OAuthClient | null;
  /** Scopes that the owner wants; null: what the server asks for. */
  readonly scopes: readonly string[] | null;
  /** Scopes besides those that the login has now. @default [] */
  readonly addScopes?: readonly string[] | undefined;
  /** Where the browser brings the code. */
  readonly callbackUrl: string;
  /** Register anew also where a client is kept. */
  readonly wantsClient: boolean;
}

/** What the login is made with. */
export interface McpLoginParts {
  readonly store: ConnectionStore;
  readonly reach: LoginReach;
}

/**
 * Logs in; nothing is kept unless all went well.
 *
 * @throws {AppError} Families `mcp`, `account`, `net`, `web`.
 */
export async function logIn(
  login: McpLogin,
  { store, reach }: McpLoginParts,
  screen: AgreeScreen,
): Promise<void> {
  // Before the user goes through the browser for a login that could not be kept.
  {
    using _ = await store.lock();
  }
  const before = await store.read().catch(() => null);
  const kept = login.wantsClient ? null : before;
  const added = login.addScopes ?? [];
  const own = added.length === 0
    ? login.scopes
    : union(before?.scopes ?? login.scopes ?? [], added);
  const challenge = await challengeOf(login.url, reach);
  const connection = await withMcpAuth(login.alias, reach, async (thread) => {
    const found = await thread.discover({ serverUrl: login.url, challenge });
    checkService(found, reachRules(reach));
    const scopes = wantedScopes(found, own);
    const { client, clientAuth, callbackUrl, isRegistered } = await clientAt(
      found,
      { login, kept, scopes },
      thread,
    );
    const service: DiscoveredService = {
      serverUrl: login.url,
      issuer: found.issuer,
      tokenUrl: found.tokenUrl,
      revokeUrl: found.revokeUrl,
      clientAuth,
      resource: found.resource ?? login.url,
      registeredFor: isRegistered ? callbackUrl : null,
    };
    const provider: OAuthProvider = {
      name: login.alias,
      title: `the MCP server "${login.alias}"`,
      type: "pkce",
      authorizeUrl: found.authorizeUrl,
      tokenUrl: found.tokenUrl,
      revokeUrl: found.revokeUrl,
      scopes,
      domains: [],
      clientAuth,
      revokeForm: "rfc7009",
      issuer: { id: found.issuer, isSent: found.sendsIssuer },
      resource: service.resource,
      builtIn: false,
    };
    const { port } = placeOf(callbackUrl);
    const fields = await withListener(
      login.alias,
      { form: reach.form, port },
      (listener) =>
        agreed(listener, {
          provider,
          client,
          callbackUrl,
          mend: mcpLoginCommand(login.alias),
        }, screen),
    );
    const tokens = await thread.token({
      tokenUrl: found.tokenUrl,
      client: { ...client, auth: clientAuth },
      fields,
    });
    return {
      client,
      scopes: tokens.scopes ?? scopes,
      login: {
        ...blankLogin(client.id),
        accessToken: tokens.accessToken,
        refreshToken: tokens.refreshToken,
        expiresAtMs: tokens.expiresInMs === null ? null : systemClock.now() + tokens.expiresInMs,
      },
      service,
    };
  });
  using _ = await store.lock();
  await store.write(connection);
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

/** Who ward is at the service: the owner's client, the one kept from before, or a new one. */
async function clientAt(
  found: Discovered,
  { login, kept, scopes }: {
    readonly login: McpLogin;
    readonly kept: OAuthConnection | null;
    readonly scopes: readonly string[];
  },
  thread: McpAuthClient,
): Promise<{
  readonly client: OAuthClient;
  readonly clientAuth: OAuthProvider["clientAuth"];
  readonly callbackUrl: string;
  readonly isRegistered: boolean;
}> {
  if (login.client !== null) {
    return {
      client: login.client,
      clientAuth: givenAuth(found.clientAuths),
      callbackUrl: login.callbackUrl,
      isRegistered: false,
    };
  }
  const issuer = new TextEncoder().encode(found.issuer);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", issuer));
  const callbackUrl = callbackFor(login.callbackUrl, hash);
  const isKept = kept?.service?.issuer === found.issuer &&
    kept.service.registeredFor === callbackUrl;
  if (isKept && kept.service) {
    const { clientAuth } = kept.service;
    return { client: kept.client, clientAuth, callbackUrl, isRegistered: true };
  }
  if (found.registrationUrl === null) throw needsClient(login.alias);
  const { auth, ...client } = await thread.register({
    issuer: found.issuer,
    registrationUrl: found.registrationUrl,
    redirectUri: callbackUrl,
    name: "ward",
    scopes: scopes.length === 0 ? null : [...scopes],
    auth: registeredAuth(found.clientAuths),
  });
  return { client, clientAuth: auth, callbackUrl, isRegistered: true };
}

/**
 * What the server answers to who has not logged in.
 *
 * @returns Its challenge, empty where its 401 has none; null: it asks for no login.
 */
async function challengeOf(url: string, reach: LoginReach): Promise<string | null> {
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "ward", version: VERSION },
    },
  });
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  try {
    const answer = await loginRequest({ url, method: "POST", headers, body }, reach);
    return answer.status === 401 ? answer.headers["www-authenticate"] ?? "" : null;
  } catch (error) {
    // One that lets anybody in may begin an answer that has no end.
    if (error instanceof AppError && ENDLESS.includes(error.code)) return null;
    throw error;
  }
}

const ENDLESS: readonly string[] = ["web.late", "net.late", "web.too_large"];
