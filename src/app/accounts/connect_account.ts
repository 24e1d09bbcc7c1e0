/** Logs in to a service and keeps the login. */
import { type OwnAccount, ownStore } from "./connections.ts";
import { loginByDevice } from "./login_device.ts";
import { loginClaude } from "./login_claude.ts";
import { lookAtLogin } from "./look.ts";
import { loginScreen } from "./screen.ts";
import { accountIn } from "./settings.ts";
import type { ProfileContext } from "../commands/context.ts";
import { systemClock } from "../../host/process/system.ts";
import type { LoginReport } from "../../model/services/account.ts";

/**
 * Logs in; the tokens are kept only when all went well.
 *
 * @param wantsBrowser Whether a browser may be opened, where there is one.
 * @throws {AppError} Family `account`; `home.not_writable`, `secrets.broken`.
 */
export async function connectAccount(
  name: OwnAccount,
  wantsBrowser: boolean,
  context: ProfileContext,
): Promise<LoginReport> {
  const { profile } = context;
  const account = accountIn(profile, name);
  const store = ownStore(profile, name);
  // Before the user goes through the browser for a login that could not be kept.
  {
    await store.check();
    using _ = await store.lock();
  }
  const parts = {
    form: profile.form,
    screen: loginScreen(context, wantsBrowser),
    clock: systemClock,
  };
  const login = name === "claude"
    ? await loginClaude(account, parts)
    : await loginByDevice(account, parts);
  {
    using _ = await store.lock();
    await store.save(login);
  }
  return await lookAtLogin(account, store, systemClock);
}
