/**
 * A service with OAuth 2 on this machine, by RFC 6749, 7636 and 7009: codes are bound to client,
 * challenge and address and good once, refresh tokens rotate, and a spent one ends all of them.
 */
import { createHash } from "node:crypto";
import { type ModelService, type SeenRequest, startModelService } from "./model_service.ts";

/** The app that is registered there. */
export const APP = { id: "app-id-canary", secret: "app-secret-canary" };

/** The service, with what a test asks about. */
export interface OAuthService extends ModelService {
  /** The user agrees on the page, as a browser would. @returns Where the browser is sent to. */
  agree(authorizeUrl: string): string;
  to(path: string): readonly SeenRequest[];
  /** Every token it gave out. */
  readonly tokens: Set<string>;
}

/** Starts it. @param expiresInS How long its access tokens live. */
export function startOAuthService(
  { expiresInS = 3600 }: { expiresInS?: number } = {},
): OAuthService {
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const access = new Set<string>();
  const refresh = new Set<string>();
  const tokens = new Set<string>();
  const make = (kind: string, into: Set<string>) => {
    const value = `${kind}-canary-${crypto.randomUUID()}`;
    into.add(value);
    tokens.add(value);
    return value;
  };
  const answer = () =>
    Response.json({
      token_type: "bearer",
      access_token: make("access", access),
      refresh_token: make("refresh", refresh),
      expires_in: expiresInS,
      scope: "read write",
    });
  const error = (word: string, status = 400) => Response.json({ error: word }, { status });
  const isApp = ({ headers }: SeenRequest) =>
    headers.get("authorization") === `Basic ${btoa(`${APP.id}:${APP.secret}`)}`;
  const token = (request: SeenRequest): Response => {
    if (!isApp(request)) return error("invalid_client", 401);
    const form = new URLSearchParams(request.body);
    if (form.get("grant_type") === "client_credentials") {
      return Response.json({ token_type: "Bearer", access_token: make("access", access) });
    }
    if (form.get("grant_type") === "refresh_token") {
      if (refresh.delete(form.get("refresh_token") ?? "")) return answer();
      refresh.clear();
      return error("invalid_grant");
    }
    const known = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const fits = known?.redirectUri === form.get("redirect_uri") &&
      known?.challenge === createHash("sha256").update(verifier).digest("base64url");
    return fits ? answer() : error("invalid_grant");
  };
  const service = startModelService((request) => {
    switch (request.path) {
      case "/token":
        return Promise.resolve(token(request));
      case "/revoke":
        refresh.delete(new URLSearchParams(request.body).get("token") ?? "");
        access.clear();
        return Promise.resolve(new Response(null, { status: isApp(request) ? 200 : 401 }));
      case "/api": {
        const sent = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
        const known = access.has(sent);
        return Promise.resolve(Response.json({ known, echo: sent }, { status: known ? 200 : 401 }));
      }
      default:
        return Promise.resolve(new Response("not found", { status: 404 }));
    }
  });
  return {
    ...service,
    tokens,
    to: (path) => service.requests.filter((request) => request.path === path),
    agree(authorizeUrl) {
      const { searchParams } = new URL(authorizeUrl);
      const value = (name: string) => searchParams.get(name) ?? "";
      if (value("client_id") !== APP.id || value("code_challenge_method") !== "S256") {
        throw new Error("the page refuses: no such client, or no S256");
      }
      const code = `code-${crypto.randomUUID()}`;
      const redirectUri = value("redirect_uri");
      codes.set(code, { challenge: value("code_challenge"), redirectUri });
      return `${redirectUri}?${new URLSearchParams({
        code,
        state: value("state"),
        iss: service.url,
      })}`;
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
