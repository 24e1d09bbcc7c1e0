/** What may stand after an address in a sentence; anything else goes on with it. */
const ENDS = /^\/?[.,;:!?…]*(?:$|[\s<>"'`)\]}|*]|(?!\p{ASCII})[^\p{L}\p{N}\p{M}])/u;

/**
 * Whether an address stands in a text as a whole. One that is the beginning of another, such as
 * `https://example.co` of `https://example.com`, does not.
 */
export function saidWhole(said: string, address: string): boolean {
  for (let at = said.indexOf(address); at >= 0; at = said.indexOf(address, at + 1)) {
    const isBegun = at > 0 && /[\p{L}\p{N}_]/u.test(said[at - 1]!);
    if (!isBegun && ENDS.test(said.slice(at + address.length, at + address.length + 80))) {
      return true;
    }
  }
  return false;
}
