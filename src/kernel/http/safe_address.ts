/** Addresses of login services that the owner names, as far as their text tells. */
import { canonicalHost } from "../net/canonical_host.ts";

/** Whether what is sent there cannot be read on the way: by https, or by http to this machine. */
export function isSafeAddress(address: string): boolean {
  if (canonicalHost(address) === null || address.includes("#")) return false;
  if (!/^https?:\/\/[^/]/i.test(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Whether ward can listen there: an address of this machine with a port and a path, no more. */
export function isLoopbackAddress(address: string): boolean {
  if (!isSafeAddress(address)) return false;
  const { protocol, port, hostname, search } = new URL(address);
  return protocol === "http:" && Number(port) >= 1024 && search === "" &&
    (hostname === "localhost" || hostname === "127.0.0.1");
}
