/**
 * Which key goes to which address. Pure.
 *
 * Invariant: a key goes only to the address it was given with.
 */
import type { ConfiguredProvider, ProviderInputs, Sourced } from "../../settings/resolve.ts";
import type { ChoiceInputs } from "./candidate.ts";
import { isOwnAddress, keyInVariables } from "./provider_table.ts";
import type { KnownProvider } from "./provider_table.ts";

/** A provider by name: what ward knows of it and what the file says. */
export interface Named {
  readonly name: string;
  readonly known: KnownProvider | null;
  readonly configured: ConfiguredProvider | null;
}

/** Settings that are not of one provider: WARD_MODEL, WARD_API_BASE, WARD_API_KEY. */
export interface General {
  readonly model: Sourced | null;
  readonly apiBase: Sourced | null;
  readonly apiKey: Sourced | null;
}

/**
 * The key for this provider at this address, or null.
 *
 * - `WARD_API_KEY` was typed for this very start: it goes wherever that start goes.
 * - A key of the file goes to an address of the file, not to one that a variable put in its place.
 * - A service's own variable goes to that service, to where its `*_BASE_URL` points, and to the
 *   address set for it by name. But `openai` is also the name for "any compatible address", so
 *   `OPENAI_API_KEY` does not follow it to another host.
 */
export function keyFor(
  { name, known, configured }: Named,
  address: Sourced,
  { variables, settings }: ChoiceInputs,
  general: General,
): Sourced | null {
  const ofFile = (key: Sourced | null | undefined) =>
    key && (key.source !== "file" || address.source === "file" || address.source === "default")
      ? key
      : null;
  const written = ofFile(general.apiKey) ?? ofFile(configured?.apiKey);
  if (written) return written;
  const found = known ? keyInVariables(known, variables) : null;
  if (!known || !found) return savedKey(name, known, address, settings);
  const follows = known.name !== "openai" || isOwnAddress(known, address.value) ||
    address.from === `variable ${known.baseVariable}`;
  return follows ? variable(found.name, found.value) : null;
}

/**
 * The key that is saved under the provider's name. It goes to the service itself and to an address
 * of the file, not to one that a variable put in its place; see {@linkcode keyFor} for `openai`.
 */
function savedKey(
  name: string,
  known: KnownProvider | null,
  address: Sourced,
  { saved }: ProviderInputs,
): Sourced | null {
  const key = Object.hasOwn(saved, name) ? saved[name] : undefined;
  if (!key || (address.source !== "file" && address.source !== "default")) return null;
  return known?.name !== "openai" || isOwnAddress(known, address.value) ? key : null;
}

/** A compatible server elsewhere may take no key; the service itself does not. */
export function needsKey({ known }: Named, baseUrl: string): boolean {
  if (known?.login?.isOnlyWay) return true;
  if (!known?.keyVariable) return false;
  const isCopied = known.protocol === "openai" || known.elsewhere === "openai";
  return !isCopied || isOwnAddress(known, baseUrl);
}

/** Variables that would give the provider a key at this address, for people. */
export function keyNames({ known }: Named, address: Sourced): string {
  const own = known?.keyVariable;
  return own && isOwnAddress(known, address.value) ? `${own} or WARD_API_KEY` : "WARD_API_KEY";
}

/** A value of a variable, with its origin. */
export function variable(name: string, value: string): Sourced {
  return { value, source: "variable", from: `variable ${name}` };
}
