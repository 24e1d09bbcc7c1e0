/** Logs in by a code that the user types on any device. Source: RFC 8628. */
import { protocolOf, renewalOf, withAuth } from "./auth_thread.ts";
import type { LoginScreen } from "./login_claude.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import type { PollGrant } from "../../compartments/auth/api.ts";
import { blankLogin, renewedLogin } from "../../kernel/accounts/access.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";
import { pollDevice } from "../../kernel/accounts/poll_device.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { Login } from "../../model/services/account.ts";

/**
 * Logs in. Nothing is kept.
 *
 * @throws {AppError} `account.denied`, `account.expired`, `account.malformed`; what the service's
 *   thread throws.
 */
export async function loginByDevice(
  account: Account,
  { form, screen, clock }: {
    form: Form;
    screen: Pick<LoginScreen, "open" | "notice">;
    clock: Clock;
  },
): Promise<Login> {
  const { signal } = new AbortController();
  const protocol = protocolOf(account);
  const login = await withAuth(account, { form, purpose: "code_login" }, async (client) => {
    const device = await client.startDevice({
      protocol,
      deviceUrl: account.device_url ?? "",
      clientId: account.client_id,
      scopes: account.scopes,
      verifyUrl: account.verify_url,
    }, signal);
    const page = checkedPage(account, device.verificationUrl);
    screen.notice(`Open ${page} and type this code there:\n\n    ${device.userCode}\n`);
    screen.open?.(page);
    const poll = () =>
      client.pollDevice({
        protocol,
        pollUrl: account.poll_url ?? account.token_url ?? "",
        clientId: account.client_id,
        deviceId: device.deviceId,
        userCode: device.userCode,
      }, signal);
    const { title, mend } = account;
    const granted: PollGrant = await pollDevice(device, poll, { clock, signal, title, mend });
    const tokens = "tokens" in granted ? granted.tokens : await client.exchange({
      protocol,
      tokenUrl: account.token_url ?? "",
      clientId: account.client_id,
      code: granted.code,
      state: null,
      verifier: granted.verifier,
      redirectUri: account.redirect_url ?? "",
    }, signal);
    return renewedLogin(blankLogin(account.client_id), tokens, clock.now());
  });
  if (account.exchange_url === null) return login;
  // What was given is the login itself; its short token also shows that the model service takes it.
  const lasting = { ...login, refreshToken: login.accessToken };
  try {
    return renewedLogin(lasting, await renewalOf(account, { form, clock })(lasting), clock.now());
  } catch (error) {
    const isNo = error instanceof AppError &&
      (error.code === "account.refused" || error.code === "account.rejected");
    if (!isNo) throw error;
    throw new AppError("account.no_service", `This account may not use ${account.title}`, {
      cause: error,
      hint: "Subscribe to it, or ask the one who manages your organisation, and try again",
    });
  }
}

/** The page is on the service that gave the code: it is opened without a further question. */
function checkedPage(account: Account, page: string): string {
  const own = account.verify_url ?? account.device_url ?? "";
  if (URL.canParse(page) && new URL(page).origin === new URL(own).origin) {
    return new URL(page).href;
  }
  throw new AppError(
    "account.malformed",
    `Cannot log in to ${account.title}: its code is to be typed at another address than its own`,
    { hint: "Nothing was opened; try again later, or use a key" },
  );
}
