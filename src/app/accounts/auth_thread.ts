/** The thread of a login service: started for one thing and ended after it. */
import { startThread } from "../../compartments/start.ts";
import { type AuthClient, createAuthClient } from "../../compartments/auth/client.ts";
import { compartment, NO_INPUTS, type TableInputs } from "../../compartments/table.ts";
import { AppError } from "../../base/app_error.ts";
import {
  type Account,
  checkAddresses,
  loginHosts,
  type LoginPurpose,
} from "../../kernel/accounts/account_table.ts";
import type { AccessDeps } from "../../kernel/accounts/access.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { Form } from "../start/code_base.ts";
import { VERSION } from "../start/version.ts";

/** How ward names itself to a service that asks every client for it. */
const EDITOR = `ward/${VERSION}`;

/** The row of a login in the compartment table, as far as its thread is used for that. */
export function loginRow(
  account: Account,
  purpose: LoginPurpose,
): TableInputs["logins"][number] {
  return {
    name: account.name,
    hosts: loginHosts(account, purpose),
    listens: purpose === "browser_login" ? 0 : null,
  };
}

/**
 * Runs something with the thread of a login service.
 *
 * @throws {UsageError} `account.address`.
 */
export async function withAuth<T>(
  account: Account,
  { form, purpose }: { form: Form; purpose: LoginPurpose },
  run: (client: AuthClient) => Promise<T>,
): Promise<T> {
  checkAddresses(account);
  const inputs = { ...NO_INPUTS, logins: [loginRow(account, purpose)] };
  const running = startThread(compartment(inputs, `auth:${account.name}`)!, form);
  try {
    return await run(createAuthClient(running.client));
  } finally {
    running.stop(new AppError("account.ended", "The login service was asked"));
  }
}

/** How the tokens of an account are renewed. */
export function renewalOf(
  account: Account,
  { form, clock }: { form: Form; clock: Clock },
): AccessDeps["renew"] {
  // Each request has its own time limit; a renewal that has begun is never given up half way.
  const { signal } = new AbortController();
  return ({ refreshToken, clientId }) =>
    withAuth(account, { form, purpose: "renewal" }, async (client) => {
      const token = refreshToken ?? "";
      if (account.exchange_url === null) {
        const protocol = protocolOf(account);
        const tokenUrl = account.token_url ?? "";
        return await client.refresh({ protocol, tokenUrl, clientId, refreshToken: token }, signal);
      }
      const short = await client.shortToken(
        { exchangeUrl: account.exchange_url, token, editor: EDITOR },
        signal,
      );
      return {
        accessToken: short.token,
        refreshToken: null,
        expiresInMs: Math.max(0, short.expiresAtMs - clock.now()),
        idToken: null,
        account: null,
        organization: null,
        apiBase: short.apiBase,
      };
    });
}

/** What the login service of an account speaks. */
export function protocolOf({ name }: Account): "anthropic" | "openai" | "github" {
  return name === "claude" ? "anthropic" : name === "copilot" ? "github" : "openai";
}
