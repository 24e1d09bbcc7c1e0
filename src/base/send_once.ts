/**
 * A body that is sent once. Where a kept connection breaks, Deno's `fetch` (seen with 2.9.6) makes
 * a request anew of its own accord, a POST that has arrived already, too: a message would be there
 * twice and nobody would know. What cannot be read a second time it does not repeat.
 */
export function sendOnce(body: string | Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new Blob([body]).stream();
}
