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
  const { name, title, mend, renewalOff } = account;
  const nothing = {
    name,
    title,
    account: null,
    organization: null,
    apiBase: null,
    expiresAt: null,
    renewalOff,
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
    const canRenew = login.refreshToken !== null && renewalOff === null;
    const isStale = !canRenew && isDue(login, clock.now(), 0);
    const why = renewalOff === null ? "cannot be renewed" : `renewing is off (${renewalOff})`;
    return {
      ...nothing,
      state: isStale ? "stale" : isOver ? "due" : "good",
      account: login.account,
      organization: login.organization,
      apiBase: login.apiBase,
      expiresAt: login.expiresAtMs === null ? null : new Date(login.expiresAtMs).toISOString(),
      problem: isStale ? `it has run out and ${why}` : null,
      mend: !isStale ? null : renewalOff === null ? mend : `ward auth ${name} refresh`,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const problem = [error.message, error.hint].filter(Boolean).join(". ");
    return { ...nothing, state: "broken", problem, mend };
  }
}
