/**
 * The user's side of a login by browser: the address to open, and the code as it comes back.
 * Source: RFC 7636 (PKCE), RFC 8252 (OAuth 2.0 for native apps), RFC 6749 §10.12 (state).
 */
import { AppError, UsageError } from "../../base/app_error.ts";
import { type AnswerMarks, isOfIssuer } from "../../model/services/oauth.ts";
import type { Account } from "./account_table.ts";

/** Secrets of one login under way; none outlives it. */
export interface LoginAttempt {
  /** Proves to the login service that who brings the code is who began. */
  readonly verifier: string;
  /** Its hash, which the browser carries. */
  readonly challenge: string;
  /** Proves to ward that the code belongs to this login. */
  readonly state: string;
}

/**
 * Makes the secrets of a login.
 *
 * @param random Random bytes, 64 of them: half for the verifier, half for the state.
 */
export async function beginLogin(random: Uint8Array<ArrayBuffer>): Promise<LoginAttempt> {
  if (random.length !== 64) throw new RangeError("A login needs 64 random bytes");
  const verifier = base64url(random.subarray(0, 32));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return {
    verifier,
    challenge: base64url(new Uint8Array(hash)),
    state: base64url(random.subarray(32)),
  };
}

/**
 * The address that the user opens.
 *
 * @param redirectUri Where the service sends the browser with the code.
 */
export function authorizeUrl(
  account: Account,
  { challenge, state }: Pick<LoginAttempt, "challenge" | "state">,
  redirectUri: string,
): string {
  const url = new URL(account.authorize_url ?? "");
  const query = {
    // Claude's page then shows the code instead of sending it, where no address listens.
    ...(redirectUri === account.redirect_url ? { code: "true" } : {}),
    client_id: account.client_id,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: account.scopes,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state,
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** What is wrong with a pasted code, in a sentence without it; null: nothing. */
export function pastedProblem(text: string, marks: AnswerMarks): string | null {
  const pasted = readPasted(text);
  if (pasted === null) return "That is no code: copy all of it, with what comes after the #";
  if (pasted.state !== marks.state) return "That code belongs to another login (its state differs)";
  return isOfIssuer(pasted.query, marks.issuer)
    ? null
    : "That code is of another login service (its issuer differs): copy the whole address";
}

/**
 * The code in what the user pasted: `code#state`, or the whole address that shows it.
 *
 * @throws {UsageError} `account.no_code`. @throws {AppError} `account.state`.
 */
export function pastedCode(text: string, marks: AnswerMarks): string {
  const problem = pastedProblem(text, marks);
  const pasted = readPasted(text);
  if (pasted !== null && problem === null) return pasted.code;
  if (pasted === null) {
    throw new UsageError("account.no_code", `Cannot log in: ${lowered(problem ?? "")}`);
  }
  throw new AppError("account.state", `Cannot log in: ${lowered(problem ?? "")}`, {
    hint: "Begin anew, and use the address that ward shows now",
  });
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function readPasted(text: string): { code: string; state: string; query: URLSearchParams } | null {
  const word = text.trim();
  if (/^https?:\/\//.test(word) && URL.canParse(word)) {
    const { searchParams } = new URL(word);
    const code = searchParams.get("code");
    const state = searchParams.get("state");
    return code && state ? { code, state, query: searchParams } : null;
  }
  const [, code, state] = /^([\w.~-]+)#([\w.~-]+)$/.exec(word) ?? [];
  return code && state ? { code, state, query: new URLSearchParams() } : null;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
