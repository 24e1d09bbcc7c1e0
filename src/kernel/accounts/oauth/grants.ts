/** What is sent for tokens, and the page that the user agrees on. Source: RFC 6749 §4, §6; RFC 7636; RFC 8707. */
import { UsageError } from "../../../base/app_error.ts";
import type { OAuthClient, OAuthProvider } from "../../../model/services/oauth.ts";
import type { LoginAttempt } from "../authorize.ts";

/** The address that the user opens. */
export function agreeUrl(
  { authorizeUrl, type, scopes, resource }: OAuthProvider,
  { id }: Pick<OAuthClient, "id">,
  { challenge, state }: Pick<LoginAttempt, "challenge" | "state">,
  redirectUri: string,
): string {
  const url = new URL(authorizeUrl ?? "");
  const query = {
    response_type: "code",
    client_id: id,
    redirect_uri: redirectUri,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    // Without being asked anew a service gives no refresh token (OpenID Connect Core §11).
    ...(scopes.includes("offline_access") ? { prompt: "consent" } : {}),
    ...resourceField(resource),
    state,
    ...(type === "pkce" ? { code_challenge: challenge, code_challenge_method: "S256" } : {}),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** For a code. */
export function codeFields(
  { type, resource }: Pick<OAuthProvider, "type" | "resource">,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Record<string, string> {
  return {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    ...resourceField(resource),
    ...(type === "pkce" ? { code_verifier: verifier } : {}),
  };
}

/** For the client alone. */
export function clientFields(
  { scopes, resource }: Pick<OAuthProvider, "scopes" | "resource">,
): Record<string, string> {
  return {
    grant_type: "client_credentials",
    ...resourceField(resource),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
  };
}

/** For a refresh token. */
export function refreshFields(
  { resource }: Pick<OAuthProvider, "resource">,
  refreshToken: string,
): Record<string, string> {
  return {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    ...resourceField(resource),
  };
}

/** So that a service gives tokens for this alone. Source: RFC 8707 §2. */
function resourceField(resource: string | null): Record<string, string> {
  return resource === null ? {} : { resource };
}

/**
 * A client as it was typed.
 *
 * @param secret Empty: it has none.
 * @throws {UsageError} `account.client`.
 */
export function typedClient(
  { title, type }: Pick<OAuthProvider, "title" | "type">,
  id: string,
  secret: string,
): OAuthClient {
  const problem = clientProblem(id) ?? (secret === "" ? null : clientProblem(secret)) ??
    (secret === "" && type === "client_credentials" ? "it needs a secret" : null);
  if (problem === null) return { id, secret: secret === "" ? null : secret };
  throw new UsageError("account.client", `Cannot use that client for ${title}: ${problem}`, {
    hint: "Copy id and secret from the page where the app is registered at the service",
  });
}

/** What is wrong with an id or a secret, in a sentence without it; null: nothing. */
export function clientProblem(text: string): string | null {
  return /^[\x21-\x7e]{1,1024}$/.test(text) ? null : "it has to be one word of plain letters";
}
