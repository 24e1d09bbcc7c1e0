/** Requests to the web, each by a thread that may reach the checked addresses of its host alone. */
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import { type Running, startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import { createWebClient } from "../../compartments/web/client.ts";
import { resolveHost } from "../../host/process/resolve_host.ts";
import { systemClock } from "../../host/process/system.ts";
import { type Hop, walk } from "../../kernel/net/walk.ts";
import type { WebConnect, WebPort } from "../../kernel/tools/web/web_port.ts";

/** Makes the port of the web tools. */
export function createWebReader(form: Form): WebPort & WebConnect {
  return {
    async request(request, read, rules, signal, { limitMs, cutBytes } = {}) {
      using threads = hopThreads(form);
      return await walk(
        request,
        {
          clock: systemClock,
          resolve: resolveHost,
          exchange: ({ url, addresses, method, headers, body }, stop) =>
            createWebClient(threads.of({ url, addresses }).client).exchange({
              addresses: [...addresses],
              port: url.port,
              serverName: url.scheme === "https" ? url.hostname : null,
              method,
              href: url.href,
              headers: { ...headers },
              body,
              read,
              headMs: limitMs,
              cutBytes,
            }, stop),
        },
        rules,
        signal,
        limitMs,
      );
    },
    async connect(address, rules, signal, limitMs) {
      using threads = hopThreads(form);
      await walk(
        { url: address },
        {
          clock: systemClock,
          resolve: resolveHost,
          async exchange({ url, addresses }, stop) {
            const { client } = threads.of({ url, addresses });
            const target = { addresses: [...addresses], port: url.port };
            await createWebClient(client).connect(target, stop);
            return { status: 200, location: null };
          },
        },
        rules,
        signal,
        limitMs,
      );
    },
  };
}

/**
 * The thread of one request: the same for redirects within one host, a new one for each other.
 * It ends with the request, which also ends whatever a page keeps it busy with.
 */
function hopThreads(form: Form): { of(hop: Pick<Hop, "url" | "addresses">): Running } & Disposable {
  let current: { readonly key: string; readonly running: Running } | null = null;
  const end = () =>
    current?.running.stop(new AppError("web.ended", "The request to the web has ended"));
  return {
    of({ url, addresses }) {
      const request = { addresses, port: url.port };
      const key = JSON.stringify(request);
      if (current?.key !== key) {
        end();
        const spec = compartment({ ...NO_INPUTS, request }, "web")!;
        current = { key, running: startThread(spec, form) };
      }
      return current.running;
    },
    [Symbol.dispose]: end,
  };
}
