import { parseShallowJson } from "../../base/shallow_json.ts";

/** Longest body, bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Longest until a body is whole, ms. */
export const BODY_LIMIT_MS = 10_000;

/** A body, or the status and words of the answer to one that cannot be taken. */
export type ReadBody =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly error: string };

const refused = (status: number, error: string): ReadBody => ({ ok: false, status, error });

/**
 * Reads the JSON of a request; null where it has no body.
 *
 * @param late Aborts when it took too long.
 */
export async function readBody(request: Request, late: AbortSignal): Promise<ReadBody> {
  const { headers, body } = request;
  const length = headers.get("content-length");
  if (body === null || length === "0") return { ok: true, body: null };
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  // A form or plain text is what a page can send without being asked.
  if (type !== "application/json") return refused(415, "The body has to be application/json");
  if (headers.has("content-encoding")) {
    return refused(415, "A compressed body is not taken");
  }
  const tooLarge = refused(413, `The body has more than ${MAX_BODY_BYTES} bytes`);
  if (length !== null && Number(length) > MAX_BODY_BYTES) return tooLarge;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  late.addEventListener("abort", stop, { once: true });
  try {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (late.aborted) return refused(408, "The body took too long");
      if (done) break;
      bytes += value.length;
      if (bytes > MAX_BODY_BYTES) {
        stop();
        return tooLarge;
      }
      pieces.push(value);
    }
    const whole = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    return {
      ok: true,
      body: parseShallowJson(new TextDecoder("utf-8", { fatal: true }).decode(whole)),
    };
  } catch {
    return late.aborted
      ? refused(408, "The body took too long")
      : refused(400, "The body is not JSON in UTF-8");
  } finally {
    late.removeEventListener("abort", stop);
  }
}
