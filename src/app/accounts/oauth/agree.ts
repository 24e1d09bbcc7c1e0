/** The user agrees in the browser that ward gets tokens of a service. */
import { browserCode } from "../browser_code.ts";
import type { AgreeScreen } from "../screen.ts";
import type { AuthClient } from "../../../compartments/auth/client.ts";
import { systemClock } from "../../../host/process/system.ts";
import { beginLogin, pastedCode } from "../../../kernel/accounts/authorize.ts";
import { agreeUrl, codeFields } from "../../../kernel/accounts/oauth/grants.ts";
import type { OAuthClient, OAuthProvider } from "../../../model/services/oauth.ts";

/** What the user is asked to agree to. */
export interface Agreeing {
  readonly provider: OAuthProvider;
  readonly client: OAuthClient;
  /** Where the browser brings the code. */
  readonly callbackUrl: string;
  /**
   * What the service is told instead, such as a page that sends the browser on there.
   * @default {callbackUrl}
   */
  readonly redirectUri?: string | undefined;
  /** Command that begins it anew. */
  readonly mend: string;
}

/** Where a listener for an address of this machine listens. */
export function placeOf(callbackUrl: string): { readonly port: number; readonly path: string } {
  const { port, pathname } = new URL(callbackUrl);
  return { port: Number(port), path: pathname };
}

/**
 * Shows the page, and takes the code from the browser or from what the user pastes.
 *
 * @param thread May listen at the place of `callbackUrl`.
 * @returns What the code is exchanged by.
 * @throws {AppError} Family `account`.
 */
export async function agreed(
  thread: Pick<AuthClient, "listen">,
  { provider, client, callbackUrl, redirectUri = callbackUrl, mend }: Agreeing,
  screen: AgreeScreen,
): Promise<Record<string, string>> {
  const attempt = await beginLogin(crypto.getRandomValues(new Uint8Array(64)));
  const { verifier, state } = attempt;
  const { issuer, title } = provider;
  const url = agreeUrl(provider, client, attempt, redirectUri);
  if (screen.pastes) {
    screen.notice(
      "Open this address and agree there. The browser then goes to an address of this machine, " +
        `which it may not reach; copy that address:\n  ${url}`,
    );
    const marks = { state, issuer };
    const code = pastedCode(await screen.askForCode(marks), marks);
    return codeFields(provider, { code, verifier, redirectUri });
  }
  const over = new AbortController();
  const listening = browserCode(thread, {
    state,
    issuer,
    title,
    mend,
    place: placeOf(callbackUrl),
    redirectUri: () => redirectUri,
    agreeUrl: () => url,
  }, { ...screen, clock: systemClock, signal: anyOf(over.signal, screen.signal) });
  listening.catch(() => {});
  const pasted = screen.pasted?.then((text) => ({ code: pastedCode(text, { state, issuer }) }));
  try {
    const { code } = await Promise.race(pasted ? [listening, pasted] : [listening]);
    return codeFields(provider, { code, verifier, redirectUri });
  } finally {
    over.abort();
  }
}

function anyOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
