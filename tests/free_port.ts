/**
 * A port of 127.0.0.1 that nobody listens on, below those that connections of this machine are made
 * from, which could take it before it is used. At random: files of tests run side by side in one
 * process, and each that counted up from the same number would get the same ones.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + crypto.getRandomValues(new Uint16Array(1))[0]! % 12_000;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
