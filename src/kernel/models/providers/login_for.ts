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

/**
 * The address at which a login is used: its own where it names one of the service's, else the usual
 * one. A key that pays is never sent to an address that a login names.
 *
 * @param usual Address without the login; one that somebody chose stays.
 */
export function addressOfLogin({ known }: Named, usual: Sourced, login: FoundLogin): Sourced {
  const { apiBase, from } = login;
  if (usual.source !== "default" || !known || apiBase === null) return usual;
  if (!URL.canParse(apiBase)) return usual;
  const { protocol, username, password } = new URL(apiBase);
  const isPlain = protocol === "https:" && username === "" && password === "";
  return isPlain && isOwnAddress(known, apiBase)
    ? { value: apiBase, source: "default", from }
    : usual;
}
