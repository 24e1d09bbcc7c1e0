/**
 * The path of a `file:` address.
 *
 * @throws {TypeError} For any other scheme.
 */
export function fromFileUrl(address: string): string {
  const url = new URL(address);
  if (url.protocol !== "file:") throw new TypeError(`Not a file address: "${url.protocol}"`);
  return decodeURIComponent(url.pathname);
}
