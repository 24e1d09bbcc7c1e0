/** Waits for the browser to bring the code of a login to this machine. */
import type { LoginScreen } from "./login_claude.ts";
import { AppError } from "../../base/app_error.ts";
import type { AuthClient } from "../../compartments/auth/client.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { OAuthIssuer } from "../../model/services/oauth.ts";

/** How long a login waits for its user. */
const WAIT_MS = 10 * 60_000;

/** A login by the browser. */
export interface BrowserLogin {
  readonly state: string;
  /** Who the answer has to be of; null: not known. */
  readonly issuer: OAuthIssuer | null;
  /** For people: whose login it is. */
  readonly title: string;
  /** Command that begins it anew. */
  readonly mend: string;
  /** Where the browser is sent to; left out: to a free port. */
  readonly place?: { readonly port: number; readonly path: string } | undefined;
  /** Where that is, as the login service is told it. */
  redirectUri(port: number): string;
  /** Page where the user agrees. */
  agreeUrl(redirectUri: string): string;
}

/**
 * Opens the page and waits.
 *
 * @throws {AppError} `account.denied`, `account.late`, `account.callback`, `account.stopped`.
 */
export async function browserCode(
  client: Pick<AuthClient, "listen">,
  login: BrowserLogin,
  { open, notice, clock, signal }: Pick<LoginScreen, "open" | "notice"> & {
    clock: Clock;
    /** Gives it up. */
    signal?: AbortSignal | undefined;
  },
): Promise<{ readonly code: string; readonly redirectUri: string }> {
  let redirectUri = "";
  const wait = new AbortController();
  const on = {
    port(port: number) {
      redirectUri = login.redirectUri(port);
      const url = login.agreeUrl(redirectUri);
      const isOpen = open?.(url) ?? false;
      notice(`${isOpen ? "Log in in the browser that opens now" : "Open this address"}:\n  ${url}`);
      if (isOpen) notice("No browser on this machine? Stop with Ctrl-C, then add --no-browser");
    },
    refused: (why: string) => notice(`! An answer that is not of this login was refused: ${why}`),
  };
  const over = new AbortController();
  const late = clock.delay(WAIT_MS, over.signal).then(() => {
    throw new AppError("account.late", "Cannot log in: nobody logged in within 10 minutes", {
      hint: `To try again: ${login.mend}`,
    });
  });
  late.catch(() => {});
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  const stop = () => stopped.reject(new AppError("account.stopped", "The login was given up"));
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const code = await Promise.race([
      client.listen({ state: login.state, issuer: login.issuer }, on, wait.signal, login.place),
      late,
      stopped.promise,
    ]);
    if (code !== null) return { code, redirectUri };
    throw new AppError(
      "account.denied",
      `Cannot log in to ${login.title}: it was refused there`,
      { hint: `To try again: ${login.mend}` },
    );
  } finally {
    signal?.removeEventListener("abort", stop);
    over.abort();
    wait.abort();
  }
}
