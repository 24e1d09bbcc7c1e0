/**
 * Addresses of a name as this machine knows them (getaddrinfo(3)), IPv4 and IPv6.
 *
 * @returns None for a name that does not exist.
 * @throws {DOMException} When it was aborted meanwhile; what the system does goes on.
 */
export async function resolveHost(name: string, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  // Loaded here: most commands resolve nothing.
  const { lookup } = await import("node:dns");
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  lookup(name, { all: true }, (error, found) => {
    resolve(error ? [] : found.map(({ address }) => address));
  });
  return await promise;
}
