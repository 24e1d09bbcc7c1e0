/** What a login is like, without asking its service. */
import { AppError } from "../../base/app_error.ts";
import { isDue, type LoginStore } from "../../kernel/accounts/access.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { LoginReport } from "../../model/services/account.ts";

/** Looks at a login; one that cannot be read or used is told, not thrown. */
export async function lookAtLogin(
  account: Account,
  store: Pick<LoginStore, "load"> & { readonly place: string },
  clock: Clock,
): Promise<LoginReport> {
  const { name, title, mend } = account;
  const nothing = {
    name,
    title,
    account: null,
    organization: null,
    apiBase: null,
    expiresAt: null,
    place: store.place,
  };
  try {
    const login = await store.load();
    if (login === null) return { ...nothing, state: "none", problem: null, mend };
    if (account.problem !== null) {
      const { message: problem, mend } = account.problem;
      return { ...nothing, account: login.account, state: "broken", problem, mend };
    }
    const isOver = isDue(login, clock.now(), account.aheadMs);
    const isStale = login.refreshToken === null && isDue(login, clock.now(), 0);
    return {
      ...nothing,
      state: isStale ? "stale" : isOver ? "due" : "good",
      account: login.account,
      organization: login.organization,
      apiBase: login.apiBase,
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
