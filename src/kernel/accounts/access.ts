/**
 * The current access token of a login, renewed before it runs out.
 *
 * Invariant: one renewal at a time, across processes. Services that rotate refresh tokens take the
 * whole login away when a spent one comes back (RFC 9700 §4.14.2), so whoever renews holds the
 * lock, and reads the login again under it: another process may have been first.
 */
import { AppError } from "../../base/app_error.ts";
import type { GrantedTokens, Login } from "../../model/services/account.ts";
import type { Clock } from "../ports.ts";
import type { Account } from "./account_table.ts";
import { readClaims } from "./claims.ts";

/** Where a login is kept. What goes wrong is a rejection, never thrown at once. */
export interface LoginStore {
  /** @returns null when there is none. @throws {AppError} When what is there cannot be used. */
  load(): Promise<Login | null>;
  /** @param renewal Where it is a renewed login: what came with it, and in place of what. */
  save(login: Login, renewal?: Renewal): Promise<void>;
  /** Waits until no other process renews this login. */
  lock(): Promise<Disposable>;
}

/** What a file that another program writes too is renewed by. */
export interface Renewal {
  /** Null: the one before stays. */
  readonly idToken: string | null;
  /** Another login than this one is not overwritten. */
  readonly before: Login;
}

/** What {@linkcode createAccess} needs. */
export interface AccessDeps {
  readonly account: Pick<Account, "title" | "mend" | "aheadMs">;
  readonly store: LoginStore;
  readonly clock: Clock;
  /** The login as it was just read, so that it is not read twice. @default {null} */
  readonly known?: Login | null;
  /** False: what is kept is read at each use, as another process may have changed it. @default true */
  readonly remembers?: boolean | undefined;
  /** Told of each login that is read or renewed, before anybody uses it. */
  readonly onLogin?: ((login: Login) => void) | undefined;
  /** Asks the login service; refreshed under the login's own client. */
  renew(login: Login): Promise<GrantedTokens & { readonly apiBase?: string | null }>;
}

/** Gives out access tokens of one login; the refresh token never leaves. */
export interface Access {
  /**
   * A token that is good for a while.
   *
   * @param refused A token that its model service refused: it counts as run out.
   * @throws {AppError} `account.none`, `account.stale` with the command that mends it; why the
   *   login service did not answer.
   */
  token(refused?: string): Promise<Pick<Login, "accessToken" | "accountId">>;
}

/** Access to a login; nothing is read yet. */
export function createAccess(deps: AccessDeps): Access {
  const memory: Memory = { spent: new Set(), unsaved: null };
  let known = deps.known ?? null;
  let renewal: Promise<Login> | null = null;
  const isGood = (login: Login | null, refused: string | undefined): login is Login =>
    login !== null && login.accessToken !== refused &&
    !isDue(login, deps.clock.now(), deps.account.aheadMs);
  const lookUp = async (refused: string | undefined): Promise<Login> => {
    try {
      return known = await renewed(deps, (login) => isGood(login, refused), refused, memory);
    } catch (error) {
      // That it still cannot be saved takes nothing from who has it.
      const held = memory.unsaved?.login ?? null;
      if (isGood(held, refused)) return held;
      throw error;
    }
  };
  return {
    async token(refused) {
      if (deps.remembers !== false && memory.unsaved === null && isGood(known, refused)) {
        return known;
      }
      // A look-up that is under way may not know of the refusal.
      while (renewal !== null) {
        const login = await renewal;
        if (login.accessToken !== refused) return login;
      }
      return await (renewal = lookUp(refused).finally(() => renewal = null));
    },
  };
}

/**
 * Renews a login now, whatever time it has left.
 *
 * @throws {AppError} As {@linkcode Access.token}; `account.unsaved`: it was renewed and is lost.
 */
export async function renewNow(deps: AccessDeps): Promise<Login> {
  const memory: Memory = { spent: new Set(), unsaved: null };
  const before = await deps.store.load();
  const login = await renewed(
    deps,
    // One that another process has put there since is as new as ours would be.
    (login) => before !== null && login.accessToken !== before.accessToken,
    before?.accessToken,
    memory,
  );
  if (memory.unsaved === null) return login;
  const { cause } = memory.unsaved;
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  throw new AppError(
    "account.unsaved",
    `The login of ${deps.account.title} was renewed, and cannot be saved${why}`,
    { cause, hint: `Put that right; if it does not work then, log in anew: ${deps.account.mend}` },
  );
}

/** What one process knows of its renewals. */
interface Memory {
  /** Refresh tokens that were exchanged for others: one that comes back may end the whole login. */
  readonly spent: Set<string>;
  /** What was got and could not be saved yet, and in place of what. */
  unsaved: Renewal & { readonly login: Login; readonly cause: unknown } | null;
}

/** Whether a login's token has to be replaced. */
export function isDue(
  { expiresAtMs }: Pick<Login, "expiresAtMs">,
  nowMs: number,
  aheadMs: number,
): boolean {
  return expiresAtMs !== null && expiresAtMs - nowMs <= aheadMs;
}

async function renewed(
  deps: AccessDeps,
  isGood: (login: Login) => boolean,
  refused: string | undefined,
  memory: Memory,
): Promise<Login> {
  const { account, store, clock } = deps;
  // Most starts find a good one, and need no lock for it.
  const first = memory.unsaved?.login ?? await store.load();
  if (!first) throw noLogin(account);
  deps.onLogin?.(first);
  if (memory.unsaved === null && isGood(first)) return first;
  try {
    return await renewedAlone(deps, isGood, memory);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "account.none") throw error;
    // Where the service did not say that the login is over, its token works as long as it lives.
    const isAlive = first.accessToken !== refused && !isDue(first, clock.now(), 0);
    if (isAlive && !isRefusal(error.cause)) return first;
    throw error;
  }
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.code === "account.refused";
}

async function renewedAlone(
  { account, store, clock, renew, onLogin }: AccessDeps,
  isGood: (login: Login) => boolean,
  memory: Memory,
): Promise<Login> {
  using _ = await store.lock();
  const login = await current(store, memory);
  if (!login) throw noLogin(account);
  onLogin?.(login);
  if (isGood(login)) return login;
  if (login.refreshToken === null) throw stale(account, "it cannot be renewed");
  if (memory.spent.has(login.refreshToken)) throw stale(account, "an old one stands in its place");
  const granted = await renew(login).catch((error) => {
    throw isRefusal(error) ? stale(account, "it was taken back or has run out", error) : error;
  });
  const after = renewedLogin(login, granted, clock.now());
  onLogin?.(after);
  if (after.refreshToken !== login.refreshToken) memory.spent.add(login.refreshToken);
  // Held before it is saved: there is no second one to get.
  memory.unsaved = { login: after, idToken: granted.idToken, before: login, cause: null };
  await saveHeld(store, memory);
  return after;
}

/** The login that counts, under its lock: what could not be saved before that is saved first. */
async function current(store: LoginStore, memory: Memory): Promise<Login | null> {
  const { unsaved } = memory;
  const kept = await store.load();
  if (unsaved === null) return kept;
  if (kept?.accessToken === unsaved.before.accessToken) {
    await saveHeld(store, memory);
    return unsaved.login;
  }
  // Somebody logged in anew, or out.
  memory.unsaved = null;
  return kept;
}

async function saveHeld(store: LoginStore, memory: Memory): Promise<void> {
  const { unsaved } = memory;
  if (unsaved === null) return;
  try {
    await store.save(unsaved.login, unsaved);
    memory.unsaved = null;
  } catch (cause) {
    memory.unsaved = { ...unsaved, cause };
  }
}

/** A login of which nothing is known yet. */
export function blankLogin(clientId: string): Login {
  return {
    accessToken: "",
    refreshToken: null,
    expiresAtMs: null,
    clientId,
    account: null,
    organization: null,
    accountId: null,
    apiBase: null,
  };
}

/** A login with what its service gave now. */
export function renewedLogin(
  login: Login,
  granted: GrantedTokens & { readonly apiBase?: string | null },
  nowMs: number,
): Login {
  const claims = readClaims(granted.accessToken);
  const ofId = granted.idToken === null ? null : readClaims(granted.idToken);
  return {
    ...login,
    accessToken: granted.accessToken,
    refreshToken: granted.refreshToken ?? login.refreshToken,
    expiresAtMs: granted.expiresInMs === null ? claims.expiresAtMs : nowMs + granted.expiresInMs,
    account: granted.account ?? ofId?.email ?? login.account,
    organization: granted.organization ?? login.organization,
    accountId: ofId?.accountId ?? claims.accountId ?? login.accountId,
    apiBase: granted.apiBase ?? login.apiBase,
  };
}

function noLogin({ title, mend }: AccessDeps["account"]): AppError {
  return new AppError("account.none", `There is no login of ${title}`, {
    hint: `Log in: ${mend}`,
  });
}

function stale({ title, mend }: AccessDeps["account"], why: string, cause?: AppError): AppError {
  return new AppError("account.stale", `The login of ${title} does not work any more: ${why}`, {
    cause,
    hint: `Log in anew: ${mend}`,
  });
}
