/** Listeners on 127.0.0.1 that count who comes. */

/** One that answers every request the same, and counts. */
export interface CountingServer extends AsyncDisposable {
  readonly port: number;
  /** Requests that came, as `METHOD path host`. */
  readonly requests: readonly string[];
}

/** Starts a web server. */
export function countingServer(
  answer: (request: Request) => Response | Promise<Response> = () => new Response("reached"),
): CountingServer {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(`${request.method} ${pathname} ${request.headers.get("host")}`);
    return answer(request);
  });
  return {
    port: server.addr.port,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
