/** The thread's way to the net: it asks the kernel, which checks each address and makes the request. */
import type { CallContext } from "../../wire.ts";
import { madeRequest, type WantedRequest } from "./api.ts";

/** The least of `fetch` that the SDK and the token requests use. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The kernel made no request. A TypeError, which the SDK takes for no answer of a service. */
export class NotMade extends TypeError {}

/** Requests that wait for the kernel. */
const open = new Map<number, PromiseWithResolvers<Response>>();
let nextId = 1;

/** Status codes whose answers have no body. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * `fetch` of one call. It follows no redirect; what the kernel refuses or cannot reach is
 * {@linkcode NotMade}.
 */
export function fetchOf({ emit }: Pick<CallContext, "emit">): Fetch {
  return async (url, { method = "GET", headers, body } = {}) => {
    const id = nextId++;
    const waiting = Promise.withResolvers<Response>();
    open.set(id, waiting);
    const wanted: WantedRequest = {
      id,
      url: String(url),
      method: method.toUpperCase() === "POST" ? "POST" : "GET",
      headers: Object.fromEntries(new Headers(headers)),
      body: body === undefined || body === null ? null : String(body),
    };
    emit(wanted);
    try {
      return await waiting.promise;
    } finally {
      open.delete(id);
    }
  };
}

/** Takes what came of one. */
export function made(params: unknown): void {
  const { id, answer } = madeRequest().parse(params);
  if (answer === null) return open.get(id)?.reject(new NotMade("The request was not made"));
  const { status, headers, body } = answer;
  open.get(id)?.resolve(
    new Response(BODILESS.includes(status) ? null : body, { status, headers }),
  );
}
