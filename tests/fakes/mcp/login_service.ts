/**
 * An MCP server with its login service on this machine, by RFC 9728, 8414, 7591, 8707 and 9207: codes
 * and tokens are bound to client, challenge, address and resource and good once, refresh tokens
 * rotate, and a spent one ends all of them. A script makes it lie.
 */
import { createHash } from "node:crypto";
import { type ModelService, type SeenRequest, startModelService } from "../model_service.ts";

/** What it says otherwise than it should. */
export interface McpLoginScript {
  /** @default 3600 */
  readonly expiresInS?: number;
  /** Changes a description before it is sent, by its path. */
  edit?(path: string, description: Record<string, unknown>): void;
  /** Answers in its place; null: as usual. */
  answer?(request: SeenRequest, url: string): Response | Promise<Response> | null;
  /** A client that is registered ahead. */
  readonly client?: { readonly id: string; readonly secret: string };
  /** Scopes that its challenge names. */
  readonly scope?: string;
}

/** The server, with what a test asks about. */
export interface McpLoginService extends ModelService {
  /** Address of the MCP server. */
  readonly server: string;
  /** The user agrees on the page, as a browser would. @returns Where the browser is sent to. */
  agree(authorizeUrl: string): string;
  to(path: string): readonly SeenRequest[];
  /** Takes all access tokens back. */
  forgetAccess(): void;
  /** Takes all refresh tokens back. */
  forgetRefresh(): void;
}

/** Starts it. */
export function startMcpLoginService(script: McpLoginScript = {}): McpLoginService {
  const codes = new Map<string, { client: string; challenge: string; uri: string; for: string }>();
  const clients = new Map<string, { secret: string | null; uris: string[] | null }>();
  if (script.client) clients.set(script.client.id, { secret: script.client.secret, uris: null });
  const access = new Map<string, string>();
  const refresh = new Map<string, string>();
  const error = (word: string, status = 400) => Response.json({ error: word }, { status });
  const make = (kind: string) => `${kind}-canary-${crypto.randomUUID()}`;
  const give = (resource: string) => {
    const token = make("access");
    const next = make("refresh");
    access.set(token, resource);
    refresh.set(next, resource);
    return Response.json({
      token_type: "Bearer",
      access_token: token,
      refresh_token: next,
      expires_in: script.expiresInS ?? 3600,
    });
  };
  const clientOf = ({ headers }: SeenRequest, form: URLSearchParams): string | null => {
    const basic = /^Basic (.*)$/.exec(headers.get("authorization") ?? "")?.[1];
    const [id = "", secret = null] = basic === undefined
      ? [form.get("client_id") ?? "", form.get("client_secret")]
      : atob(basic).split(":");
    const known = clients.get(id);
    return known && known.secret === secret ? id : null;
  };
  const token = (request: SeenRequest): Response => {
    const form = new URLSearchParams(request.body);
    const client = clientOf(request, form);
    if (client === null) return error("invalid_client", 401);
    const resource = form.get("resource") ?? "";
    if (form.get("grant_type") === "refresh_token") {
      const bound = refresh.get(form.get("refresh_token") ?? "");
      refresh.delete(form.get("refresh_token") ?? "");
      if (bound !== undefined && bound === resource) return give(resource);
      refresh.clear();
      return error("invalid_grant");
    }
    const known = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const hash = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    const fits = known?.client === client && known.uri === form.get("redirect_uri") &&
      known.challenge === hash && known.for === resource;
    return fits ? give(resource) : error("invalid_grant");
  };
  const register = ({ body }: SeenRequest): Response => {
    const wanted = JSON.parse(body);
    const id = make("client");
    clients.set(id, { secret: null, uris: wanted.redirect_uris });
    return Response.json({ ...wanted, client_id: id }, { status: 201 });
  };
  const described = (path: string, description: Record<string, unknown>) => {
    script.edit?.(path, description);
    return Response.json(description);
  };
  const service: ModelService = startModelService(async (request) => {
    const { url } = service;
    const own = await script.answer?.(request, url);
    if (own) return own;
    switch (request.path) {
      case "/mcp": {
        const sent = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
        if (access.get(sent) === `${url}/mcp`) return answerCall(request);
        const scope = script.scope === undefined ? "" : `, scope="${script.scope}"`;
        const place = `${url}/.well-known/oauth-protected-resource/mcp`;
        const challenge = `Bearer resource_metadata="${place}"${scope}`;
        return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
      }
      case "/.well-known/oauth-protected-resource/mcp":
        return described(request.path, {
          resource: `${url}/mcp`,
          authorization_servers: [url],
        });
      case "/.well-known/oauth-authorization-server":
        return described(request.path, {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          registration_endpoint: `${url}/register`,
          revocation_endpoint: `${url}/revoke`,
          response_types_supported: ["code"],
          code_challenge_methods_supported: ["S256"],
          token_endpoint_auth_methods_supported: ["none", "client_secret_basic"],
          authorization_response_iss_parameter_supported: true,
        });
      case "/register":
        return register(request);
      case "/token":
        return token(request);
      case "/revoke":
        refresh.delete(new URLSearchParams(request.body).get("token") ?? "");
        return new Response(null, { status: 200 });
      default:
        return new Response("not found", { status: 404 });
    }
  });
  return {
    ...service,
    server: `${service.url}/mcp`,
    to: (path) => service.requests.filter((request) => request.path === path),
    forgetAccess: () => access.clear(),
    forgetRefresh: () => refresh.clear(),
    agree(authorizeUrl) {
      const { searchParams } = new URL(authorizeUrl);
      const value = (name: string) => searchParams.get(name) ?? "";
      const known = clients.get(value("client_id"));
      const uri = value("redirect_uri");
      if (!known || value("code_challenge_method") !== "S256") {
        throw new Error("the page refuses: no such client, or no S256");
      }
      if (known.uris !== null && !known.uris.includes(uri)) {
        throw new Error("the page refuses: the address for codes is not registered");
      }
      const code = `code-${crypto.randomUUID()}`;
      codes.set(code, {
        client: value("client_id"),
        challenge: value("code_challenge"),
        uri,
        for: value("resource"),
      });
      const answer = { code, state: value("state"), iss: service.url };
      return `${uri}?${new URLSearchParams(answer)}`;
    },
  };
}

/** A server with one tool, by the protocol's revision 2025-11-25. */
function answerCall({ method, body }: SeenRequest): Response {
  if (method !== "POST") return new Response(null, { status: 405 });
  const call = body === "" ? { id: 0 } : JSON.parse(body);
  if (call.id === undefined) return new Response(null, { status: 202 });
  const result = RESULTS[String(call.method)];
  return Response.json({
    jsonrpc: "2.0",
    id: call.id,
    ...(result === undefined ? { error: { code: -32601, message: "no such method" } } : { result }),
  });
}

const RESULTS: Readonly<Record<string, unknown>> = {
  initialize: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "lab", version: "1" },
  },
  "tools/list": { tools: [{ name: "look", inputSchema: { type: "object" } }] },
  "tools/call": { content: [{ type: "text", text: "seen" }] },
};
