import ipaddr from "ipaddr.js";

/** Whether a text is an IP address as it is usually written; a name could come to mean another one. */
export function isIpAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** Whether only this machine reaches an address. */
export function isLoopback(text: string): boolean {
  return isIpAddress(text) && ipaddr.process(text).range() === "loopback";
}
