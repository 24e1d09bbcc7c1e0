/** Names that mean this machine, a network around it or a metadata service, whatever resolves them. */

/** Ends of names that are never public: RFC 6761, RFC 6762, RFC 8375, ICANN (.internal), usage. */
const LOCAL_ENDS = (
  "localhost localdomain local internal intranet private corp home lan home.arpa svc consul " +
  "docker onion"
).split(" ");

/** Metadata services that have names of the public kind. */
const METADATA_NAMES = new Set([
  "metadata.goog",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.tencentyun.com",
]);

/**
 * What is wrong with a name of a host.
 *
 * @param name Canonical: lower case, punycode, no trailing dot; no address.
 * @returns In words, or null.
 */
export function nameProblem(name: string): string | null {
  const labels = name.split(".");
  const isName = name.length <= 253 &&
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (!isName) return "it is no name of a host";
  if (METADATA_NAMES.has(name)) return "it is a metadata service of a cloud";
  if (LOCAL_ENDS.some((end) => name === end || name.endsWith(`.${end}`))) {
    return "it is a name of this machine or its network";
  }
  // Looked up with the search list of this machine, it leads into its network.
  return labels.length < 2 ? "it is a name without a domain" : null;
}
