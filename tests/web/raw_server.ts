/** A server on this machine that answers with the very bytes a test says, and a dialler that leads there. */
import { type Connection, type Dial, dialTrusting } from "../../src/compartments/web/dial.ts";
import type { ExchangeParams } from "../../src/compartments/web/api.ts";

/** Answers one connection; it is closed when the answer ends. */
export type RawAnswer = (
  connection: {
    send(bytes: string | Uint8Array): Promise<void>;
    /** The head of the request, as it came. */
    readonly request: string;
  },
) => Promise<void> | void;

/** A running server. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Leads every address here. */
  readonly dial: Dial;
  /** Heads of the requests that came. */
  readonly requests: string[];
}

/** Starts one; with TLS where a certificate is given. */
export function rawServer(
  answer: RawAnswer,
  tls?: { readonly cert: string; readonly key: string; readonly ca: string },
): RawServer {
  const place = { hostname: "127.0.0.1", port: 0 };
  const listener = tls ? Deno.listenTls({ ...place, ...tls }) : Deno.listen(place);
  const port = listener.addr.port;
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const request = await readRequest(connection);
      requests.push(request);
      await answer({
        request,
        async send(bytes) {
          const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
          for (let at = 0; at < all.length;) at += await connection.write(all.subarray(at));
        },
      });
    } catch {
      // The other side has had enough, or has no TLS for it.
    } finally {
      open.delete(connection);
      close(connection);
    }
  };
  const accepting = (async () => {
    for await (const connection of listener) void serve(connection);
  })().catch(() => {});
  return {
    port,
    requests,
    dial: ({ serverName }) =>
      dialTrusting(tls ? [tls.ca] : [], { address: "127.0.0.1", port, serverName }),
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) close(connection);
    },
  };
}

/** A request for a page of `site.test`. */
export function pageRequest(change: Partial<ExchangeParams> = {}): ExchangeParams {
  return {
    addresses: ["93.184.216.34"],
    port: 80,
    serverName: null,
    method: "GET",
    href: "http://site.test/",
    headers: {},
    body: null,
    read: "page",
    ...change,
  };
}

async function readRequest(connection: Connection): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    // A greeting of TLS, where there is none here.
    if (text.startsWith("\x16")) break;
  }
  return text;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
