/** The thread of a service of `ward oauth`: started for one thing and ended after it. */
import type { Form } from "../../start/code_base.ts";
import { AppError } from "../../../base/app_error.ts";
import { type AuthClient, createAuthClient } from "../../../compartments/auth/client.ts";
import { startThread } from "../../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../../compartments/table.ts";
import { providerHost } from "../../../kernel/models/providers/provider_table.ts";
import { canonicalHost } from "../../../kernel/net/canonical_host.ts";
import { checkUrl } from "../../../kernel/net/check_url.ts";
import type { OAuthClient, OAuthClientAuth, OAuthProvider } from "../../../model/services/oauth.ts";

/** What the thread may reach. */
export interface OAuthReach {
  readonly form: Form;
  /** The address that it sends something to. */
  readonly url: string;
  /** Port where the browser brings a code. @default null: none is brought */
  readonly listens?: number | undefined;
}

/**
 * Runs something with the thread.
 *
 * @throws {AppError} Family `net`: no address for tokens.
 */
export async function withOAuth<T>(
  { name }: Pick<OAuthProvider, "name">,
  { form, url, listens }: OAuthReach,
  run: (client: AuthClient) => Promise<T>,
): Promise<T> {
  // The owner named it; a metadata service it is not for all that.
  checkUrl(url, { owners: [canonicalHost(url) ?? ""], httpsOnly: true });
  const id = `oauth-${name}`;
  const login = { name: id, hosts: [providerHost(url)], listens: listens ?? null };
  const spec = compartment({ ...NO_INPUTS, logins: [login] }, `auth:${id}`)!;
  const running = startThread(spec, form);
  try {
    return await run(createAuthClient(running.client));
  } finally {
    running.stop(new AppError("account.ended", "The login service was asked"));
  }
}

/** A client with how it says who it is. */
export function clientOf(
  { clientAuth }: OAuthProvider,
  { id, secret }: OAuthClient,
): OAuthClient & { readonly auth: OAuthClientAuth } {
  return { id, secret, auth: clientAuth };
}

/** What giving a token back takes. */
export type RevokeParams = Parameters<AuthClient["oauthRevoke"]>[0];

/** Gives a token back at a service of `ward oauth`. */
export function revokeBy(
  provider: Pick<OAuthProvider, "name">,
  form: Form,
): (params: RevokeParams) => Promise<void> {
  return (params) =>
    withOAuth(
      provider,
      { form, url: params.revokeUrl },
      (thread) => thread.oauthRevoke(params, new AbortController().signal),
    );
}
