import {
  type FetchLike,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { AppError } from "../../base/app_error.ts";
import { MCP_MESSAGE_BYTES } from "../../model/mcp/session.ts";
import type { Traffic } from "./traffic.ts";

/** Asks the kernel what a request may say; null: nothing. */
export type Authorize = (refused: string | null) => Promise<string | null>;

/** What the transport of a service is made from. */
export interface HttpParts {
  readonly address: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly traffic: Traffic;
  readonly authorize: Authorize;
}

/** Streamable HTTP to one address. Redirects stay within its origin, as the SDK has it. */
export function httpTransport(parts: HttpParts): StreamableHTTPClientTransport {
  const transport = new StreamableHTTPClientTransport(parts.address, {
    fetch: boundedFetch(parts),
    onInsufficientScope: "throw",
  });
  const { traffic } = parts;
  let onmessage: Transport["onmessage"];
  Object.defineProperty(transport, "onmessage", {
    get: () => onmessage,
    set(handler: Transport["onmessage"]) {
      onmessage = handler && ((message, extra) => {
        traffic.received(message);
        handler(message, extra);
      });
    },
  });
  return transport;
}

/** The entry's headers, the login of this moment, and a bound of what comes back. */
function boundedFetch({ headers, authorize }: HttpParts): FetchLike {
  const ownAuthorization = "authorization" in headers;
  return async (url, init) => {
    const send = async (header: string | null) => {
      const all = new Headers(init?.headers);
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      if (header !== null) all.set("authorization", header);
      return bounded(await fetch(url, { ...init, headers: all }));
    };
    const header = ownAuthorization ? null : await authorize(null);
    const response = await send(header);
    if (response.status !== 401 || ownAuthorization) return response;
    const fresh = header === null ? null : await authorize(header);
    if (fresh === null || fresh === header) return response;
    await response.body?.cancel();
    return await send(fresh);
  };
}

/** A body whose one message passes the bound breaks off: of a stream of events each counts anew. */
function bounded(response: Response): Response {
  if (response.body === null) return response;
  const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  let length = 0;
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const end = isStream ? chunk.lastIndexOf(10) : -1;
        length = end < 0 ? length + chunk.length : chunk.length - end - 1;
        if (length > MCP_MESSAGE_BYTES) {
          controller.error(new AppError("mcp.too_large", "The server said more than is taken"));
          return;
        }
        controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
