/** To which hosts the credentials of a profile may go. */
import { canonicalHost } from "../net/canonical_host.ts";
import type { CheckedUrl } from "../net/check_url.ts";

/**
 * Whether a request goes to one of the domains or below it. A domain without a port stands for the
 * usual ones; an address stands for itself alone.
 *
 * @param domains From {@linkcode profileDomain}.
 */
export function isWithin(
  domains: readonly string[],
  { hostname, port, isAddress }: Pick<CheckedUrl, "hostname" | "port" | "isAddress">,
): boolean {
  return domains.some((domain) => {
    const own = new URL(`https://${domain}`);
    const name = own.hostname.replace(/^\[|\]$/g, "");
    const isPort = own.port === "" ? port === 443 || port === 80 : port === Number(own.port);
    return isPort && (hostname === name || (!isAddress && hostname.endsWith(`.${name}`)));
  });
}

/** What two lists of domains both hold. */
export function narrowed(domains: readonly string[], to: readonly string[]): string[] {
  const held = (domain: string, list: readonly string[]) => {
    const { hostname, port } = new URL(`https://${domain}`);
    const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
    const name = hostname.replace(/^\[|\]$/g, "");
    return isWithin(list, { hostname: name, port: port === "" ? 443 : Number(port), isAddress });
  };
  const both = [
    ...domains.filter((one) => held(one, to)),
    ...to.filter((one) => held(one, domains)),
  ];
  return [...new Set(both)];
}

/**
 * A domain of the settings in canonical form.
 *
 * @returns null for what is none, or so wide that it holds hosts of anybody (`com`, `*.example`).
 */
export function profileDomain(text: string): string | null {
  if (/[/*?#@]/.test(text)) return null;
  const host = canonicalHost(text);
  if (host === null) return null;
  const { hostname } = new URL(`https://${host}`);
  const isOne = hostname.startsWith("[") || hostname === "localhost";
  return isOne || hostname.includes(".") ? host : null;
}
