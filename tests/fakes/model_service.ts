import { canaries } from "./canaries.ts";

/** A request as a fake model service saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  /** Port the connection came from: another one is another connection. */
  readonly fromPort: number;
}

/** A model service on this machine that answers as told and remembers what it was asked. */
export interface ModelService extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
}

/**
 * Starts a service.
 *
 * @param answer Gives the response to a request; the number counts them from 0.
 * @param traits `takesBodies`: secrets are sent to it in bodies, too. @default {}
 */
export function startModelService(
  answer: (request: SeenRequest, count: number) => Response | Promise<Response>,
  traits: { takesBodies?: boolean } = {},
): ModelService {
  const requests: SeenRequest[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request, info) => {
      const seen: SeenRequest = {
        method: request.method,
        path: new URL(request.url).pathname,
        headers: request.headers,
        body: await request.text(),
        fromPort: info.remoteAddr.port,
      };
      requests.push(seen);
      return await answer(seen, requests.length - 1);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const checkRequests = canaries.watchService({ requests, ...traits });
  return {
    url,
    requests,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      checkRequests();
    },
  };
}

/** Server-sent events: an Anthropic event is named after its `type`. */
export function sse(...chunks: (object | string)[]): Response {
  return new Response(chunks.map(frame).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}

/** Server-sent events that stay open until the client goes; `onCancel` then runs. */
export function openSse(chunks: (object | string)[], onCancel: () => void): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(chunks.map(frame).join("")));
    },
    cancel: onCancel,
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function frame(chunk: object | string): string {
  if (typeof chunk === "string") return chunk;
  const type = (chunk as { type?: unknown }).type;
  return (typeof type === "string" ? `event: ${type}\n` : "") +
    `data: ${JSON.stringify(chunk)}\n\n`;
}

/**
 * OpenAI chat completions that answer with the name of the model that was asked for.
 *
 * @param list What the list of models is; null: there is none.
 */
export function startNamedModels(list: unknown = null): ModelService {
  return startModelService(({ path, body }) => {
    if (path.endsWith("/models")) {
      return list === null ? new Response("no such page", { status: 404 }) : Response.json(list);
    }
    const { model } = JSON.parse(body);
    const piece = (delta: object, finish: string | null) => ({
      id: "x",
      object: "chat.completion.chunk",
      created: 1,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    return sse(piece({ role: "assistant", content: `I am ${model}.` }, null), piece({}, "stop"));
  });
}
