/** Logs in to Claude by the browser: PKCE, and the code by this machine's loopback or pasted. */
import { withAuth } from "./auth_thread.ts";
import { browserCode } from "./browser_code.ts";
import type { Form } from "../start/code_base.ts";
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
import type { AnswerMarks } from "../../model/services/oauth.ts";

/** What a login shows and asks. */
export interface LoginScreen {
  /** Opens the address in the browser; null: there is none here, so the code is pasted. */
  readonly open: ((url: string) => boolean) | null;
  /** Tells the user something. */
  notice(text: string): void;
  /** Asks for the code that the page shows. */
  askForCode(marks: AnswerMarks): Promise<string>;
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
      : await browserCode(client, {
        state: attempt.state,
        issuer: null,
        title: account.title,
        mend: account.mend,
        redirectUri: (port) => `http://localhost:${port}/callback`,
        agreeUrl: (redirectUri) => authorizeUrl(account, attempt, redirectUri),
      }, { ...screen, clock });
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
  const marks = { state: attempt.state, issuer: null };
  return { code: pastedCode(await screen.askForCode(marks), marks), redirectUri };
}
