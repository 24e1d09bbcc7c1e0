/** Ends a login: given back where its service takes it, and forgotten in any case. */
import { protocolOf, withAuth } from "./auth_thread.ts";
import type { OwnLoginStore } from "./stores.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";

/** What a logout did. */
export interface LogoutReport {
  readonly name: string;
  /** False: there was no login. */
  readonly removed: boolean;
  /** Whether the service took the tokens back; null: it takes none, or there was no login. */
  readonly revoked: boolean | null;
}

/**
 * Logs out.
 *
 * @param options `warn`: told when the service did not take the tokens back.
 * @throws {AppError} Where what is kept of it cannot be removed.
 */
export async function logOut(
  account: Account,
  store: OwnLoginStore,
  { form, warn }: { form: Form; warn(text: string): void },
): Promise<LogoutReport> {
  const isThere = await store.load().then((login) => login !== null, () => true);
  if (!isThere) return { name: account.name, removed: false, revoked: null };
  using _ = await store.lock();
  let revoked: boolean | null = null;
  const { revoke_url: revokeUrl } = account;
  const settings = "the tokens may live on there until they run out; end the login in the " +
    "settings of your account";
  const login = await store.load().catch((error) => {
    // What cannot be read is forgotten all the same.
    if (revokeUrl !== null) revoked = false;
    warn(`${error instanceof Error ? error.message : "Cannot read the login"}: ${settings}`);
    return null;
  });
  if (login !== null && revokeUrl !== null) {
    const token = login.refreshToken ?? login.accessToken;
    const params = { protocol: protocolOf(account), revokeUrl, clientId: login.clientId, token };
    try {
      await withAuth(
        account,
        { form, purpose: "logout" },
        (client) => client.revoke(params, new AbortController().signal),
      );
      revoked = true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      revoked = false;
      warn(`${error.message}: ${settings}`);
    }
  }
  return { name: account.name, removed: await store.remove(), revoked };
}
