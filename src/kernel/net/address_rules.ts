/**
 * Which addresses may be reached on somebody's word. Only what is public by the registries passes;
 * everything that is not known to be public is refused.
 *
 * Sources: the IANA registries of special-purpose addresses (RFC 6890) by ipaddr.js, RFC 6052
 * (NAT64), RFC 5214 §6.1 (ISATAP), and the metadata services of clouds that have public addresses.
 */
import ipaddr from "ipaddr.js";

/**
 * `public`: anybody's. `private`: of this machine or a network around it, which the owner may name
 * in the settings. `never`: the metadata services of clouds, and what is no host's address.
 */
export type AddressKind = "public" | "private" | "never";

/** Metadata services and the like, at addresses that no range tells. */
const METADATA = new Set([
  "168.63.129.16", // Azure
  "100.100.100.200", // Alibaba
  "192.0.0.192", // Oracle
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google
]);

const PRIVATE_RANGES = new Set(["loopback", "private", "carrierGradeNat", "uniqueLocal"]);

/** All that is allotted for hosts (RFC 4291 §2.4, IANA). */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Judges one address in any form of inet_aton or RFC 4291.
 *
 * @param text Without brackets; what is no address is `never`.
 */
export function addressKind(text: string): AddressKind {
  // The library reads the deprecated form of RFC 4291 §2.5.5.1 as the mapped one.
  if (!ipaddr.isValid(text) || /^::\d+\./.test(text)) return "never";
  const address = ipaddr.process(text);
  return address.kind() === "ipv4"
    ? kindOf4(address as ipaddr.IPv4)
    : kindOf6(address as ipaddr.IPv6);
}

function kindOf4(address: ipaddr.IPv4): AddressKind {
  if (METADATA.has(address.toString())) return "never";
  const range = address.range();
  return range === "unicast" ? "public" : PRIVATE_RANGES.has(range) ? "private" : "never";
}

function kindOf6(address: ipaddr.IPv6): AddressKind {
  if (METADATA.has(address.toRFC5952String())) return "never";
  const range = address.range();
  if (PRIVATE_RANGES.has(range)) return "private";
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const inner = new ipaddr.IPv4([g >> 8, g & 255, h >> 8, h & 255]);
  // A network without IPv4 reaches the public part of it by this prefix, and names resolve to it.
  if (a === 0x64 && b === 0xff9b && (c | d | e | f) === 0) {
    return kindOf4(inner) === "public" ? "public" : "never";
  }
  if (range !== "unicast" || !address.match(GLOBAL_V6)) return "never";
  const isIsatap = (e & 0xfdff) === 0 && f === 0x5efe;
  return isIsatap && kindOf4(inner) !== "public" ? "never" : "public";
}
