/**
 * Which login goes to which address, and whether it goes before a key. Pure.
 *
 * Invariant: a token goes only to the service that the login is for, and to an address that the
 * file puts in its place; never to one of a variable.
 */
import type { FoundLogin } from "../../accounts/found_login.ts";
import type { Sourced } from "../../settings/resolve.ts";
import type { General, Named } from "./provider_key.ts";
import { isOwnAddress } from "./provider_table.ts";

/** Logins of a provider in the order in which it takes them. */
export function loginsOf({ known }: Pick<Named, "known">, logins: Logins): readonly FoundLogin[] {
  return (known?.login?.ids ?? []).flatMap((id) => (logins ?? []).filter((one) => one.id === id));
}

type Logins = readonly FoundLogin[] | undefined;

/**
 * The login for a provider at an address; null: a key is used, or nothing.
 *
 * Ward's own login goes before every key but `WARD_API_KEY`, which was typed for this very start;
 * one of another program only before a key that is merely saved.
 *
 * @param key Key that was found, and whether it is merely saved under the provider's name.
 */
export function loginFor(
  named: Named,
  address: Sourced,
  { logins, key, general }: {
    logins: Logins;
    key: { readonly isSaved: boolean } | null;
    general: General;
  },
): FoundLogin | null {
  if (general.apiKey?.source === "variable") return null;
  if (address.source !== "default" && address.source !== "file") return null;
  const usable = loginsOf(named, logins).filter((one) => one.problem === null);
  return usable.find(({ kind }) => kind === "own" || key === null || key.isSaved) ?? null;
}

/** The address of a provider as its login says it, where that is one of the service's own. */
export function addressOfLogin({ known }: Named, logins: Logins): Sourced | null {
  const login = loginsOf({ known }, logins).find((one) => one.problem === null);
  const address = login?.apiBase ?? null;
  if (!known || !login || address === null || !URL.canParse(address)) return null;
  if (!/^https:/.test(address) || !isOwnAddress(known, address)) return null;
  return { value: address, source: "default", from: login.from };
}
