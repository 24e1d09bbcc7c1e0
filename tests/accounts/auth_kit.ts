/** The real thread of a login service, and a service like the real ones for it. */
import { withAuth } from "../../src/app/accounts/auth_thread.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import type { AuthClient } from "../../src/compartments/auth/client.ts";
import { type Account, ACCOUNTS } from "../../src/kernel/accounts/account_table.ts";
import { type LoginScript, type LoginService, startLoginService } from "../fakes/login_service.ts";

/** The form of this source tree. */
export const FORM = formOf(new URL("../../src/main.ts", import.meta.url).href);

/** A login of that name whose addresses are those of the service. */
export function at(service: LoginService, name: "claude" | "copilot" | "chatgpt"): Account {
  const { url } = service;
  return {
    ...ACCOUNTS[name],
    authorize_url: name === "claude" ? `${url}/authorize` : null,
    token_url: `${url}/token`,
    revoke_url: `${url}/revoke`,
    device_url: `${url}/device`,
    poll_url: name === "chatgpt" ? `${url}/poll` : null,
    exchange_url: name === "copilot" ? `${url}/exchange` : null,
  };
}

/** Runs something with the thread of a login, which may do what a login by the user needs. */
export async function withService(
  name: "claude" | "copilot" | "chatgpt",
  run: (client: AuthClient, service: LoginService, account: Account) => Promise<void>,
  script: LoginScript = {},
): Promise<void> {
  await using service = startLoginService(script);
  const account = at(service, name);
  const purpose = name === "claude" ? "browser_login" : "code_login";
  await withAuth(account, { form: FORM, purpose }, (client) => run(client, service, account));
}
