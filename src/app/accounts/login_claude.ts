/** Logs in to Claude by the browser: PKCE, and the code by this machine's loopback or pasted. */
import { withAuth } from "./auth_thread.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import type { AuthClient } from "../../compartments/auth/client.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";
import {
  authorizeUrl,
  beginLogin,
  type LoginAttempt,
  pastedCode,
} from "../../kernel/accounts/authorize.ts";
import { blankLogin, renewedLogin } from "../../kernel/accounts/access.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { Login } from "../../model/services/account.ts";

/** How long a login waits for its user. */
const WAIT_MS = 10 * 60_000;

/** What a login shows and asks. */
export interface LoginScreen {
  /** Opens the address in the browser; null: there is none here, so the code is pasted. */
  readonly open: ((url: string) => boolean) | null;
  /** Tells the user something. */
  notice(text: string): void;
  /** Asks for the code that the page shows. */
  askForCode(state: string): Promise<string>;
}

/**
 * Logs in. Nothing is kept.
 *
 * @throws {AppError} `account.denied`, `account.late`, `account.state`; what the exchange throws.
 */
export function loginClaude(
  account: Account,
  { form, screen, clock }: { form: Form; screen: LoginScreen; clock: Clock },
): Promise<Login> {
  const purpose = screen.open === null ? "code_login" : "browser_login";
  return withAuth(account, { form, purpose }, async (client) => {
    const attempt = await beginLogin(crypto.getRandomValues(new Uint8Array(64)));
    const { code, redirectUri } = screen.open === null
      ? await pasted(account, attempt, screen)
      : await listened(client, account, attempt, { ...screen, open: screen.open, clock });
    const granted = await client.exchange({
      protocol: "anthropic",
      tokenUrl: account.token_url ?? "",
      clientId: account.client_id,
      code,
      state: attempt.state,
      verifier: attempt.verifier,
      redirectUri,
    }, new AbortController().signal);
    return renewedLogin(blankLogin(account.client_id), granted, clock.now());
  });
}

interface Code {
  readonly code: string;
  readonly redirectUri: string;
}

async function pasted(
  account: Account,
  attempt: LoginAttempt,
  screen: LoginScreen,
): Promise<Code> {
  const redirectUri = account.redirect_url ?? "";
  screen.notice(
    `Open this address, log in there, and copy the code that it shows:\n  ${
      authorizeUrl(account, attempt, redirectUri)
    }`,
  );
  const text = await screen.askForCode(attempt.state);
  return { code: pastedCode(text, attempt.state), redirectUri };
}

async function listened(
  client: AuthClient,
  account: Account,
  attempt: LoginAttempt,
  { open, notice, clock }: Pick<LoginScreen, "notice"> & {
    open(url: string): boolean;
    clock: Clock;
  },
): Promise<Code> {
  let redirectUri = "";
  const wait = new AbortController();
  const on = {
    port(port: number) {
      redirectUri = `http://localhost:${port}/callback`;
      const url = authorizeUrl(account, attempt, redirectUri);
      const isOpen = open(url);
      notice(`${isOpen ? "Log in in the browser that opens now" : "Open this address"}:\n  ${url}`);
      notice("No browser on this machine? Stop with Ctrl-C, then add --no-browser");
    },
    refused: (why: string) => notice(`! An answer that is not of this login was refused: ${why}`),
  };
  const over = new AbortController();
  const late = clock.delay(WAIT_MS, over.signal).then(() => {
    throw new AppError("account.late", "Cannot log in: nobody logged in within 10 minutes", {
      hint: `To try again: ${account.mend}`,
    });
  });
  late.catch(() => {});
  try {
    const code = await Promise.race([client.listen(attempt.state, on, wait.signal), late]);
    if (code !== null) return { code, redirectUri };
    throw new AppError(
      "account.denied",
      `Cannot log in to ${account.title}: it was refused there`,
      {
        hint: `To try again: ${account.mend}`,
      },
    );
  } finally {
    over.abort();
    wait.abort();
  }
}
