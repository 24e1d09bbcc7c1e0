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
      let sizeBytes = 0;
      const body = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            sizeBytes += chunk.byteLength;
            if (sizeBytes > RESPONSE_LIMIT_BYTES) throw new ResponseTooLarge();
            onBytes();
            controller.enqueue(chunk);
          },
        }),
      );
      const { status, statusText, headers } = response;
      return new Response(body, { status, statusText, headers });
    };
  }
}
