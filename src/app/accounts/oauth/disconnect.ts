/** Ends a connection: given back where its service takes it, and forgotten in any case. */
import type { ConnectionStore } from "./connections.ts";
import { clientOf, type RevokeParams } from "./oauth_thread.ts";
import { AppError } from "../../../base/app_error.ts";
import type { OAuthProvider } from "../../../model/services/oauth.ts";

/**
 * Ends it.
 *
 * @param options `revoke`: gives a token back; `warn`: told when the service did not take it.
 * @returns Whether the service took them; null: it takes none, or nothing could be read.
 */
export async function disconnectService(
  provider: OAuthProvider | null,
  store: ConnectionStore,
  { revoke, warn }: { revoke(params: RevokeParams): Promise<void>; warn(text: string): void },
): Promise<boolean | null> {
  using _ = await store.lock();
  const settings = "the tokens may live on there until they run out; end the access in the " +
    "settings of your account";
  const connection = await store.read().catch((error) => {
    // What cannot be read is forgotten all the same.
    warn(`${error instanceof Error ? error.message : "Cannot read it"}: ${settings}`);
    return null;
  });
  let revoked: boolean | null = null;
  if (connection !== null && provider !== null && provider.revokeUrl !== null) {
    const { client, login } = connection;
    const { revokeUrl, revokeForm: form, type } = provider;
    // A client's own secret is no token, and some take back by the access token alone.
    const isAccess = form !== "rfc7009" || type === "client_credentials";
    const token = isAccess ? login.accessToken : login.refreshToken ?? login.accessToken;
    try {
      const by = clientOf(provider, client);
      await revoke({ revokeUrl, client: by, form, token });
      revoked = true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      revoked = false;
      warn(`${error.message}: ${settings}`);
    }
  }
  await store.remove();
  return revoked;
}
