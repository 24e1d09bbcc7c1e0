/** Hosts as grants and settings name them. Apart from the guard, for the settings are read always. */

/**
 * A host as the settings name it, in the form of `CheckedUrl.host`.
 *
 * @param text `host`, `host:port`, `[v6]:port`, or a whole address.
 * @returns null for what is none.
 */
export function canonicalHost(text: string): string | null {
  // Without a scheme, the ports of both are the usual ones.
  const whole = text.includes("://") ? text : `https://${text.replace(/:80$/, "")}`;
  if (!/^https?:\/\//i.test(whole) || /[\p{C}\p{Z}\\]/u.test(whole)) return null;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  return url.username !== "" || url.password !== "" || url.hostname === "" ? null : hostOf(url);
}

/** Name or address, with the port only where it is not the scheme's, IPv6 in brackets. */
export function hostOf({ host, hostname, port }: URL): string {
  const name = hostname.replace(/\.$/, "");
  return host === hostname ? name : `${name}:${port}`;
}
