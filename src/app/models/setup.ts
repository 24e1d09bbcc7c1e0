/** What a model's thread is told: its service, and the key or the token of now. */
import { VERSION } from "../start/version.ts";
import type { ProviderSetup } from "../../compartments/models/api.ts";
import type { FoundLogin } from "../../kernel/accounts/found_login.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import type { SetUpProvider } from "../../kernel/models/providers/set_up_providers.ts";
import type { ServiceProtocol } from "../../model/settings.ts";

/** The setup of a service with its key; without a token where a login pays. */
export function setupWithKey(
  { choice, key }: SetUpProvider,
  protocol: ServiceProtocol,
): ProviderSetup {
  const { name, traits, baseUrl, keySource } = choice;
  return { name, protocol, traits, baseUrl, apiKey: key, keySource };
}

/**
 * The setup of a service with a good token of its login. Of the login it holds the access token
 * and what the service wants in headers; nothing that renews it.
 *
 * @param refused A token that the service refused.
 * @throws {AppError} Family `account`.
 */
export async function setupWithLogin(
  service: SetUpProvider & { readonly login: FoundLogin },
  protocol: ServiceProtocol,
  refused?: string,
): Promise<ProviderSetup & { readonly apiKey: string }> {
  const { accessToken, accountId } = await service.login.access.token(refused);
  const rules = KNOWN_PROVIDERS.find(({ name }) => name === service.choice.name)?.login;
  return {
    ...setupWithKey(service, protocol),
    apiKey: accessToken,
    auth: "bearer",
    headers: {
      ...rules?.headers,
      ...(rules?.programHeader ? { [rules.programHeader]: `ward/${VERSION}` } : {}),
      ...(rules?.accountHeader && accountId !== null ? { [rules.accountHeader]: accountId } : {}),
    },
  };
}
