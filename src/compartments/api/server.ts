/** The HTTP server of the `api` thread: lets in, reads, hands on, answers. */
import { AppError } from "../../base/app_error.ts";
import type { ApiEvent, ApiReply, ServeParams } from "./api.ts";
import { FailureLimit } from "./failure_limit.ts";
import { type Asked, checkOrigin, checkToken, ownHosts, type Verdict } from "./gate.ts";
import { BODY_LIMIT_MS, readBody } from "./read_body.ts";

/** Requests at once that the kernel has not answered. */
const MAX_OPEN = 64;
/** Streams of events at once. */
const MAX_STREAMS = 32;
/** Bytes that a slow reader may be behind; then its stream ends, and it can ask for the rest. */
const MAX_BEHIND = 1024 * 1024;
/** Silence after which a stream says that it lives, ms. */
const BEAT_MS = 15_000;
/** Longest end of what is under way when the server stops, ms. */
const ENDING_MS = 1_000;

/** Of every answer: it is for programs, and of no use in a page. */
const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** What the kernel has not answered to the end. */
interface Open {
  answer(response: Response): void;
  events: ReadableStreamDefaultController<Uint8Array> | null;
}

/** A server that can be told what to answer. */
export interface ApiServer {
  /** Listens until the signal aborts. @throws {AppError} `api.taken`, `api.address`. */
  run(signal: AbortSignal): Promise<void>;
  reply(reply: ApiReply): void;
}

/**
 * Makes one.
 *
 * @param emit Told what goes on.
 */
export function createApiServer(params: ServeParams, emit: (event: ApiEvent) => void): ApiServer {
  const open = new Map<number, Open>();
  const limit = new FailureLimit();
  const encoder = new TextEncoder();
  let own: ReadonlySet<string> = new Set();
  let nextId = 1;
  let streams = 0;

  const handle = async (request: Request, from: string): Promise<Response> => {
    const asked: Asked = { url: request.url, headers: request.headers, from };
    const origin = checkOrigin(asked, own);
    if (origin.type === "refused") return refuse(origin);
    const { pathname: path, searchParams } = new URL(request.url);
    const text = Object.hasOwn(params.open, path) ? params.open[path] : undefined;
    if (text !== undefined && (request.method === "GET" || request.method === "HEAD")) {
      return new Response(request.method === "HEAD" ? null : text, { headers: HEADERS });
    }
    const token = await checkToken(asked, params.token, limit, performance.now());
    if (token.type === "refused") return refuse(token);
    if (open.size >= MAX_OPEN) return problem(503, "Too many requests at once");
    const read = await readBody(request, AbortSignal.timeout(BODY_LIMIT_MS));
    if (!read.ok) return problem(read.status, read.error);
    return await ask(request, { path, searchParams, body: read.body });
  };

  const ask = (
    request: Request,
    { path, searchParams, body }: { path: string; searchParams: URLSearchParams; body: unknown },
  ): Promise<Response> => {
    const id = nextId++;
    const { promise, resolve } = Promise.withResolvers<Response>();
    open.set(id, { answer: resolve, events: null });
    const { method, headers } = request;
    emit({
      type: "request",
      request: {
        id,
        method,
        path,
        query: Object.fromEntries(searchParams),
        lastEventId: headers.get("last-event-id"),
        idempotencyKey: headers.get("idempotency-key"),
        body,
      },
    });
    return promise;
  };

  const gone = (id: number) => {
    const entry = open.get(id);
    if (!entry) return;
    close(id, entry);
    emit({ type: "gone", id });
    entry.answer(problem(503, "The request was given up"));
  };

  const close = (id: number, entry: Open) => {
    open.delete(id);
    if (entry.events === null) return;
    streams--;
    try {
      entry.events.close();
    } catch {
      // Closed by its reader.
    }
  };

  const refuse = (verdict: Verdict & { type: "refused" }): Response => {
    if (verdict.why !== undefined) emit({ type: "refused", why: verdict.why });
    return problem(verdict.status, verdict.error, verdict.headers);
  };

  const beginEvents = (id: number, entry: Open) => {
    if (streams >= MAX_STREAMS) {
      open.delete(id);
      emit({ type: "gone", id });
      return entry.answer(problem(503, "Too many streams at once"));
    }
    streams++;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        entry.events = controller;
        controller.enqueue(encoder.encode(": ward\n\n"));
      },
      cancel: () => gone(id),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_BEHIND }));
    entry.answer(
      new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } }),
    );
  };

  const write = (id: number, { events }: Open, text: string) => {
    if (events === null) return;
    if ((events.desiredSize ?? 0) <= 0) return gone(id);
    events.enqueue(encoder.encode(text));
  };

  return {
    async run(signal) {
      const server = listen(params, handle);
      own = ownHosts(params, server.addr.port);
      emit({ type: "listening", port: server.addr.port });
      const beat = setInterval(() => {
        for (const [id, entry] of open) write(id, entry, ":\n\n");
      }, BEAT_MS);
      const ended = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => ended.resolve(), { once: true });
      if (signal.aborted) ended.resolve();
      await ended.promise;
      clearInterval(beat);
      for (const id of [...open.keys()]) gone(id);
      // Whoever is still sending is not waited for.
      await Promise.race([
        server.shutdown().catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, ENDING_MS)),
      ]);
    },
    reply(reply) {
      const entry = open.get(reply.id);
      if (!entry) return;
      switch (reply.type) {
        case "answer":
          open.delete(reply.id);
          entry.answer(
            new Response(reply.body, {
              status: reply.status,
              headers: { ...HEADERS, ...reply.headers },
            }),
          );
          return;
        case "events":
          return beginEvents(reply.id, entry);
        case "event":
          return write(
            reply.id,
            entry,
            `id: ${reply.seq}\nevent: ${reply.event}\ndata: ${reply.data}\n\n`,
          );
        case "end":
          return close(reply.id, entry);
      }
    },
  };
}

function listen(
  { hostname, port }: ServeParams,
  handle: (request: Request, from: string) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      hostname,
      port,
      onListen: () => {},
      onError: () => problem(500, "The request failed"),
    }, (request, { remoteAddr }) => handle(request, remoteAddr.hostname));
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new AppError("api.taken", `Cannot listen on ${hostname}:${port}: it is in use`, {
        hint: "End what listens there, or set daemon.port to another one",
      });
    }
    throw new AppError("api.address", `Cannot listen on ${hostname}:${port}`, {
      hint: "Set daemon.bind to an address of this machine",
    });
  }
}

function problem(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ error }), { status, headers: { ...HEADERS, ...headers } });
}
