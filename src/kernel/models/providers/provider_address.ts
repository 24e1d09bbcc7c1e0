/** Where a provider is, what is spoken there and in what it differs. Pure. */
import { UsageError } from "../../../base/app_error.ts";
import type { ServiceTraits } from "../../../model/services/service_traits.ts";
import type { ServiceProtocol } from "../../../model/settings.ts";
import type { Sourced } from "../../settings/resolve.ts";
import { type General, type Named, variable } from "./provider_key.ts";
import { isOwnAddress, KNOWN_PROVIDERS } from "./provider_table.ts";

/** The protocol that is configured, else the one that the service speaks at this address. */
export function protocolAt({ known, configured }: Named, address: string): ServiceProtocol {
  if (configured?.protocol) return configured.protocol;
  if (!known) return "openai";
  return known.elsewhere && !isOwnAddress(known, address) ? known.elsewhere : known.protocol;
}

/** Those of the service that is at this address, else of the one that was named. */
export function traitsAt({ known }: Named, address: string): ServiceTraits {
  const there = KNOWN_PROVIDERS.find((one) => isOwnAddress(one, address));
  return there?.traits ?? (known?.elsewhere ? {} : known?.traits ?? {});
}

/**
 * The address of a provider and where it was said, whoever pays.
 *
 * @throws {UsageError} `provider.no_address`, `provider.invalid_address`.
 */
export function addressOf(
  named: Named,
  { variables }: { readonly variables: Readonly<Record<string, string>> },
  general: General,
): Sourced {
  const { name, known, configured } = named;
  const ofSdk = known?.baseVariable ? variables[known.baseVariable]?.trim() : undefined;
  const place = known?.addressFrom?.(variables) ?? null;
  const address = general.apiBase ?? configured?.apiBase ??
    (ofSdk ? variable(known?.baseVariable ?? "", ofSdk) : null) ??
    (place ? variable(place.name, place.value) : null) ??
    (known?.baseUrl ? { value: known.baseUrl, source: "default" as const, from: "default" } : null);
  if (!address) {
    throw new UsageError("provider.no_address", `Cannot use the provider "${name}": no address`, {
      hint: `Add api_base to [providers.${name}], or set ${known?.baseVariable ?? "WARD_API_BASE"}`,
    });
  }
  const url = URL.canParse(address.value) ? new URL(address.value) : null;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (!url || !isHttp || url.username || url.password) {
    // The value is not shown: it may hold a password.
    throw new UsageError(
      "provider.invalid_address",
      `Cannot use the address of ${address.from}: it is no http or https address`,
      { hint: "Write it as https://host/path, without a user name" },
    );
  }
  return address;
}
