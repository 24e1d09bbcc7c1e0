/** Connections of `ward oauth`: where they are kept, and how their tokens are renewed. */
import { clientOf, withOAuth } from "./oauth_thread.ts";
import type { Form } from "../../start/code_base.ts";
import { AppError } from "../../../base/app_error.ts";
import { lockedFolder } from "../../../host/accounts/account_lock.ts";
import type { Secrets } from "../../../host/keys/secrets.ts";
import { type AccessDeps, isDue, type LoginStore } from "../../../kernel/accounts/access.ts";
import {
  connectionText,
  LOGIN_PREFIXES,
  readConnection,
} from "../../../kernel/accounts/login_record.ts";
import { clientFields, refreshFields } from "../../../kernel/accounts/oauth/grants.ts";
import type { Clock } from "../../../kernel/ports.ts";
import type { OAuthConnection, OAuthProvider, OAuthReport } from "../../../model/services/oauth.ts";

/** Where one connection is kept. */
export interface ConnectionStore extends LoginStore {
  /** @returns null when there is none. @throws {AppError} `account.broken`. */
  read(): Promise<OAuthConnection | null>;
  write(connection: OAuthConnection): Promise<void>;
  /** False when there was none. */
  remove(): Promise<boolean>;
}

/** How long before its end a token is replaced. */
export const AHEAD_MS = 60_000;

/** Names of the services that are connected; no keychain is asked. */
export function connectedNames(secrets: Pick<Secrets, "list">): string[] {
  return secrets.list().map(({ name }) => name)
    .filter((name) => name.startsWith(LOGIN_PREFIXES.oauth))
    .map((name) => name.slice(LOGIN_PREFIXES.oauth.length));
}

/** The place of a connection of `ward oauth`. */
export function connectionStore(
  name: string,
  deps: { home: string; secrets: Secrets },
): ConnectionStore {
  return secretConnection(`${LOGIN_PREFIXES.oauth}${name}`, connectCommand(name), deps);
}

/**
 * A connection that is kept as a saved secret.
 *
 * @param mend Command that makes it anew.
 */
export function secretConnection(
  secret: string,
  mend: string,
  { home, secrets }: { home: string; secrets: Secrets },
): ConnectionStore {
  const read = async () => {
    const text = await secrets.get(secret);
    if (text === null) return null;
    const connection = readConnection(text);
    if (connection !== null) return connection;
    throw new AppError("account.broken", `Cannot read the saved secret "${secret}"`, {
      hint: `Make it anew: ${mend}`,
    });
  };
  const write = async (connection: OAuthConnection) => {
    await secrets.set(secret, connectionText(connection));
  };
  return {
    read,
    write,
    load: async () => (await read())?.login ?? null,
    async save(login) {
      const connection = await read();
      // Removed meanwhile: it stays so.
      if (connection !== null) await write({ ...connection, login });
    },
    remove: () => secrets.remove(secret),
    lock: () => lockedFolder(`${home}/auth/${secret}`),
  };
}

/** What renewing a connection takes. */
export function connectionAccess(
  provider: OAuthProvider,
  store: ConnectionStore,
  { form, clock, onLogin }: Pick<AccessDeps, "onLogin"> & { form: Form; clock: Clock },
): AccessDeps {
  const { name, title, tokenUrl, type } = provider;
  // A renewal that has begun is never given up half way; each request has its own time limit.
  const { signal } = new AbortController();
  return {
    account: { title, mend: connectCommand(name), aheadMs: AHEAD_MS },
    store,
    clock,
    onLogin,
    async renew(login) {
      const client = (await store.read())?.client ?? { id: login.clientId, secret: null };
      const isAlone = type === "client_credentials";
      const fields = isAlone
        ? clientFields(provider)
        : refreshFields(provider, login.refreshToken ?? "");
      const tokens = await withOAuth(
        provider,
        { form, url: tokenUrl },
        (thread) =>
          thread.oauthToken({ tokenUrl, client: clientOf(provider, client), fields }, signal),
      );
      return {
        ...tokens,
        // The client's own secret is what gets the next one.
        refreshToken: isAlone ? null : tokens.refreshToken,
        idToken: null,
        account: null,
        organization: null,
      };
    },
  };
}

/** What is known of a connection without reading it. */
export interface ConnectionFacts extends Pick<OAuthReport, "name" | "title" | "domains"> {
  /** Command that makes it anew. */
  readonly mend: string;
  /** What is wrong with it whatever it holds, and the command for that; null: nothing. */
  readonly gone: { readonly problem: string; readonly mend: string } | null;
}

/** The facts of a connection of `ward oauth`; `provider` null: its service is configured no more. */
export function connectionFacts(name: string, provider: OAuthProvider | null): ConnectionFacts {
  return {
    name,
    title: provider?.title ?? name,
    domains: provider?.domains ?? [],
    mend: connectCommand(name),
    gone: provider === null
      ? {
        problem: `there is no service of that name (oauth.providers.${name})`,
        mend: `ward oauth remove ${name}`,
      }
      : null,
  };
}

/** Looks at a connection without asking its service; what cannot be used is told, not thrown. */
export async function lookAtConnection(
  { mend, gone, ...facts }: ConnectionFacts,
  store: ConnectionStore,
  clock: Clock,
): Promise<OAuthReport> {
  const nothing = { ...facts, scopes: [], expiresAt: null };
  if (gone !== null) return { ...nothing, ...gone, state: "broken" };
  try {
    const connection = await store.read();
    if (connection === null) {
      return { ...nothing, state: "broken", problem: "the keychain does not give it back", mend };
    }
    const { login, scopes } = connection;
    const isStale = login.refreshToken === null && isDue(login, clock.now(), 0);
    const isOver = isDue(login, clock.now(), AHEAD_MS);
    return {
      ...nothing,
      scopes,
      state: isStale ? "stale" : isOver ? "due" : "good",
      expiresAt: login.expiresAtMs === null ? null : new Date(login.expiresAtMs).toISOString(),
      problem: isStale ? "it has run out and cannot be renewed" : null,
      mend: isStale ? mend : null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const problem = [error.message, error.hint].filter(Boolean).join(". ");
    return { ...nothing, state: "broken", problem, mend };
  }
}

/** Command that makes a connection. */
export function connectCommand(name: string): string {
  return `ward oauth connect ${name}`;
}
