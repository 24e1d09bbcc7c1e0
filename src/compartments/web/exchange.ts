/** One request and its answer, over a connection that is used for nothing else. */
import type { ExchangeParams } from "./api.ts";
import { type Dial, dialAny, within } from "./dial.ts";
import { readBody } from "./http_body.ts";
import { type Head, malformed, Reader, readHead } from "./http_head.ts";

/** How long one of several addresses may take to answer, ms. */
export const STEP_MS = 4_000;

/** How long a host may take until its head is whole, ms. */
export const HEAD_LIMIT_MS = 10_000;

/** An answer; null for the body of a redirect, which nobody reads. */
export interface Answer {
  readonly head: Head;
  readonly body: Uint8Array | null;
  /** Only the beginning of the body was read. */
  readonly isCut: boolean;
}

/** Times that tests make short. */
export interface ExchangeLimits {
  /** @default {HEAD_LIMIT_MS} */
  readonly headMs?: number | undefined;
}

/**
 * Makes it.
 *
 * @param params Checked by the kernel.
 * @throws {AppError} Family `web`.
 */
export async function exchange(
  params: ExchangeParams,
  dial: Dial,
  { headMs = HEAD_LIMIT_MS }: ExchangeLimits = {},
): Promise<Answer> {
  const { addresses, port, serverName, cutBytes } = params;
  const connection = await dialAny(dial, addresses, { port, serverName }, STEP_MS);
  try {
    await writeAll(connection, requestBytes(params));
    const reader = new Reader(connection);
    const head = await within(readHead(reader), headMs);
    const leads = head.status >= 300 && head.status < 400 && head.headers.has("location");
    if (leads) return { head, body: null, isCut: false };
    // What would follow is told, and not sent (RFC 9110 §9.3.2).
    if (params.method === "HEAD") return { head, body: new Uint8Array(0), isCut: false };
    if (cutBytes === undefined) return { head, body: await readBody(head, reader), isCut: false };
    const body = await readBody(head, reader, cutBytes + 1, "cut");
    return { head, body: body.subarray(0, cutBytes), isCut: body.length > cutBytes };
  } finally {
    try {
      connection.close();
    } catch {
      // The host has closed it.
    }
  }
}

/** The request as it is sent. */
export function requestBytes({ method, href, headers, body }: ExchangeParams): Uint8Array {
  const url = new URL(href);
  const content = body === null ? new Uint8Array(0) : new TextEncoder().encode(body);
  const all: Record<string, string> = {
    host: url.host,
    "accept-encoding": "gzip",
    connection: "close",
    ...headers,
    ...(body === null ? {} : { "content-length": String(content.length) }),
  };
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
  ];
  // The kernel makes them; a line end in one would begin another request.
  if (lines.some((line) => /[^\t\x20-\x7e]/.test(line))) {
    throw malformed("the request holds what no head may hold");
  }
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}

async function writeAll(
  connection: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
