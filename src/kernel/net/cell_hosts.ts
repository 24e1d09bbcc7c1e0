/**
 * Hosts that the owner grants to a cell. A name leads to public addresses only; one of this machine
 * or of the network around it is reached where the grant is that very address and port, so that no
 * name server decides what of it a program reaches.
 */
import { AppError } from "../../base/app_error.ts";
import type { EgressTarget } from "../../model/cells/egress.ts";
import type { NetAccess } from "../../model/cells/permission.ts";
import { canonicalHost } from "./canonical_host.ts";
import { checkAddresses, type CheckedUrl, checkUrl } from "./check_url.ts";
import type { Resolve } from "./walk.ts";

/** Ports of a host that is granted without one. */
const USUAL_PORTS: readonly number[] = [443, 80];

/**
 * A host as a grant for a cell holds it.
 *
 * @param text `host`, `host:port` or an address of a page there.
 * @throws {AppError} What the guard says; `net.malformed`.
 */
export function cellHost(text: string): string {
  const host = canonicalHost(text);
  if (host === null) {
    throw new AppError("net.malformed", `"${text}" is no host`, {
      hint: "Give a name or an address, with a port where it is not 80 or 443",
    });
  }
  try {
    checkHost(host);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, error.message, {
      hint: "What is of your own machine or network is named by its address and port, such as " +
        "127.0.0.1:8080; metadata services of clouds are never reached",
    });
  }
  return host;
}

/** What programs of a cell do with a granted host: nobody knows, so it is shown as the whole host. */
export function cellNetAccess(host: string): NetAccess {
  return {
    permission: "net",
    compartment: "hands",
    host,
    url: host,
    method: "CONNECT",
    sends: false,
  };
}

/** Asks the guard what it can know before the name is resolved. */
function checkHost(host: string): CheckedUrl {
  const { href, hostname } = new URL(`https://${host}/`);
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  // The port is the owner's word; a private address is so only where it is named itself.
  return isAddress ? checkUrl(href, { owners: [host] }) : checkUrl(`https://${hostname}/`);
}

/**
 * Finds what may be dialled for a granted host. Never throws for the host: what is wrong with it is
 * `problem`.
 *
 * @param host As {@linkcode cellHost} wrote it.
 */
export async function egressTarget(
  host: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<EgressTarget> {
  const { hostname, port } = new URL(`https://${host}/`);
  const ports = port === "" ? USUAL_PORTS : [Number(port)];
  const authorities = ports.map((one) => ({ name: hostname, port: one }));
  try {
    const url = checkHost(host);
    const found = url.isAddress ? [url.hostname] : await resolve(url.hostname, signal);
    return { host, authorities, addresses: checkAddresses(url, found), problem: null };
  } catch (error) {
    const problem = error instanceof AppError ? error.message : "its name was not resolved in time";
    return { host, authorities, addresses: [], problem };
  }
}
