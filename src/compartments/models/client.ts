import { AppError } from "../../base/app_error.ts";
import { DONE } from "../../base/done.ts";
import type { ModelPort } from "../../kernel/ports.ts";
import type { ListedModel } from "../../model/services/catalog.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelFailureCode,
  ModelRequest,
} from "../../model/conversation/model_stream.ts";
import type { Client } from "../wire.ts";
import { ACTIVITY, modelEvent, modelList, type ProviderSetup, type SentRequest } from "./api.ts";

/** A model provider in its compartment, seen from the kernel. */
export interface ModelClient extends ModelPort {
  /**
   * Tells the compartment its provider. Once, before the first call.
   *
   * @throws {AppError} When the compartment is gone or refuses the setup.
   */
  configure(setup: ProviderSetup): Promise<void>;
  /**
   * Models of the service.
   *
   * @param options `timeoutMs`: @default 5000
   * @throws {AppError} With a {@linkcode ModelFailureCode} when the service does not answer.
   */
  models(options: { signal: AbortSignal; timeoutMs?: number | undefined }): Promise<ListedModel[]>;
  /** Next requests open a new connection. @throws {AppError} When the compartment is gone. */
  freshConnection(): Promise<void>;
}

/**
 * The kernel's side of a `model:<provider>` compartment. Its streams keep the contract of
 * {@linkcode ModelEvent} also when the compartment ends, hangs or sends something else.
 *
 * @param client The wire to the compartment.
 */
export function createModelClient(client: Client): ModelClient {
  const sender = requestSender();
  return {
    async configure(setup) {
      await client.call("configure", setup);
    },
    async models({ signal, timeoutMs = 5_000 }) {
      return modelList().parse(await client.call("models", { timeoutMs }, { signal }));
    },
    async freshConnection() {
      await client.call("freshConnection", null);
    },
    stream: (request, options) => streamOf(client, sender, request, options),
  };
}

/** Shortens requests by what the one before has brought; calls cross in order. */
function requestSender(): (request: ModelRequest) => SentRequest {
  let before: Pick<ModelRequest, "messages" | "tools"> = { messages: [], tools: [] };
  return (request) => {
    const { messages, tools } = request;
    const other = messages.findIndex((message, at) => message !== before.messages[at]);
    const kept = other < 0 ? messages.length : other;
    const isKnown = tools === before.tools;
    before = { messages, tools };
    return { ...request, kept, messages: messages.slice(kept), tools: isKnown ? null : tools };
  };
}

async function* streamOf(
  client: Client,
  sender: ReturnType<typeof requestSender>,
  request: Parameters<ModelPort["stream"]>[0],
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  const queue: ModelEvent[] = [];
  let arrived = Promise.withResolvers<void>();
  const push = (event: ModelEvent) => {
    queue.push(event);
    arrived.resolve();
  };
  const stopped = new AbortController();
  const onAbort = () => {
    // Not waiting for the compartment: it may be the one that hangs.
    push(failed("model.cancelled", "The call was stopped"));
    stopped.abort(options.signal.reason);
  };
  if (options.signal.aborted) return yield failed("model.cancelled", "The call was stopped");
  options.signal.addEventListener("abort", onAbort, { once: true });
  const take = (raw: unknown) => {
    const event = modelEvent().safeParse(raw);
    if (!event.success) push(failed("model.malformed", "The model compartment sent no event"));
    else if (event.data.type === ACTIVITY) options.onActivity?.();
    else push(event.data);
  };
  client.call("stream", sender(request), { signal: stopped.signal, onEvent: take }).then(
    (rest) => {
      if (Array.isArray(rest)) rest.forEach(take);
      // Only seen when no `end` or `failed` came before.
      push(failed("model.cut", "The model compartment ended the call without an end"));
    },
    (error) => push(failureOfCall(error)),
  );
  try {
    for (;;) {
      for (let event = queue.shift(); event; event = queue.shift()) {
        yield event;
        if (event.type === "end" || event.type === "failed") return;
      }
      await arrived.promise;
      arrived = Promise.withResolvers<void>();
    }
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    // Harmless after the end; ends the request when the consumer went away or did not like it.
    stopped.abort(DONE);
  }
}

function failureOfCall(error: unknown): ModelEvent {
  const message = error instanceof Error ? error.message : "unknown cause";
  const hint = error instanceof AppError ? error.hint : undefined;
  return failed("model.unavailable", `The model compartment failed: ${message}`, hint);
}

function failed(code: ModelFailureCode, message: string, hint?: string): ModelEvent {
  const failure: ModelFailure = { code, message, ...(hint === undefined ? {} : { hint }) };
  return { type: "failed", failure };
}
