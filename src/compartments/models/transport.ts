/**
 * `fetch` as the SDKs of this compartment use it. It follows no redirect, because a redirect
 * would carry the key to wherever the answer says; it bounds a response; it reports arriving
 * bytes, so that the kernel can tell a slow answer from a dead connection.
 */
import { ResponseTooLarge } from "./failure.ts";

/** Bytes of one response at most; an answer of 8,192 tokens streams well under 2 MB. */
const RESPONSE_LIMIT_BYTES = 64 * 1024 * 1024;

/** Connections of one provider. */
export class Transport {
  #client = Deno.createHttpClient({});

  /** Next requests open a new connection; those under way go on with theirs. */
  freshConnection(): void {
    this.#client.close();
    this.#client = Deno.createHttpClient({});
  }

  /**
   * A `fetch` that calls `onBytes` for the headers and every piece of the body.
   *
   * @param expected With `stream`, a whole JSON or HTML document instead is a SyntaxError: the
   * SDKs would read it as a stream without events.
   */
  fetch(onBytes: () => void, expected: "stream" | "document"): typeof fetch {
    return async (input, init) => {
      const options: RequestInit & { client: Deno.HttpClient } = {
        ...init,
        redirect: "manual",
        client: this.#client,
      };
      const response = await fetch(input, options);
      onBytes();
      if (!response.body) return response;
      const type = response.headers.get("content-type") ?? "";
      if (expected === "stream" && response.ok && /^(application\/json|text\/html)/.test(type)) {
        await response.body.cancel();
        throw new SyntaxError("Not a stream of events");
      }
      const body = watched(response.body, onBytes);
      const { status, statusText, headers } = response;
      return new Response(body, { status, statusText, headers });
    };
  }
}

/** The same bytes, counted; a transform stream would cost twice as much for each piece. */
function watched(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let sizeBytes = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      sizeBytes += value.byteLength;
      if (sizeBytes > RESPONSE_LIMIT_BYTES) {
        await reader.cancel();
        throw new ResponseTooLarge();
      }
      onBytes();
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
