/**
 * Inside a `model:<provider>` thread: speaks to one service, with one key. It may reach that
 * service's host and nothing else; no file, no program, no environment.
 */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import type { ListedModel } from "../../model/catalog.ts";
import type { ModelEvent, ModelRequest } from "../../model/model_stream.ts";
import { type CallContext, type Channel, type Handlers, serve } from "../wire.ts";
import {
  ACTIVITY,
  type ModelsApi,
  type ProviderSetup,
  providerSetup,
  type SentRequest,
} from "./api.ts";
import { describeFailure, type FailedCall, failureOfError } from "./failure.ts";
import { namedModel } from "./list_models.ts";
import { Transport } from "./transport.ts";

/** Milliseconds between two activity events at least; text itself is never held back. */
const ACTIVITY_EVERY_MS = 1_000;

/** What a protocol can do; made by a file that is loaded with its SDK only when needed. */
export interface ProviderCaller {
  /** Events of one call; throws what the SDK throws. */
  stream(
    request: ModelRequest,
    call: FailedCall,
    fetch: typeof globalThis.fetch,
    signal: AbortSignal,
  ): AsyncIterable<ModelEvent>;
  /** Models with what the list says of them; throws what the SDK throws. */
  models(fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<ListedModel[]>;
}

const transport = new Transport();
let configured: { setup: ProviderSetup; caller: Promise<ProviderCaller> } | null = null;

/** Answers the kernel's calls. */
export function start(channel: Channel): void {
  serve(channel, handlers);
}

const handlers: Handlers & Record<keyof ModelsApi, unknown> = {
  configure(raw: unknown) {
    const setup = providerSetup.parse(raw);
    const caller = loadCaller(setup);
    // A failure to load is reported by the call that needs it.
    caller.catch(() => {});
    configured = { setup, caller };
  },
  async stream(sent: SentRequest, context: CallContext) {
    // Before anything is awaited: the next request builds on this one.
    const request = wholeRequest(sent);
    const { setup, caller } = provider();
    await streamTo(context, setup, await caller, request);
  },
  async models({ timeoutMs }: { timeoutMs: number }, { signal }: CallContext) {
    const { setup, caller } = provider();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await (await caller).models(transport.fetch(() => {}, "document"), limit);
    } catch (error) {
      const call = { provider: setup.name, model: "", keySource: setup.keySource };
      const state = { aborted: signal.aborted, started: false, nowMs: Date.now() };
      const failure = limit.aborted && !signal.aborted
        ? describeFailure(call, "model.timeout")
        : failureOfError(call, error, state);
      throw new AppError(failure.code, failure.message, { hint: failure.hint });
    }
  },
  freshConnection() {
    transport.freshConnection();
  },
};

let last: Pick<ModelRequest, "messages" | "tools"> = { messages: [], tools: [] };

function wholeRequest(sent: SentRequest): ModelRequest {
  const { kept, ...rest } = sent;
  const messages = [...last.messages.slice(0, kept), ...sent.messages];
  const tools = sent.tools ?? last.tools;
  last = { messages, tools };
  return { ...rest, messages, tools };
}

function provider() {
  if (!configured) throw new AppError("model.not_configured", "The provider is not configured");
  return configured;
}

/** Each SDK is a chunk of its own: a thread that never needs it never loads it. */
async function loadCaller(setup: ProviderSetup): Promise<ProviderCaller> {
  switch (setup.protocol) {
    case "anthropic":
      return (await import("./call_anthropic.ts")).anthropicCaller(setup);
    case "openai":
      return (await import("./call_openai.ts")).openAiCaller(setup);
    case "ollama":
      return ollamaCaller(setup);
  }
}

async function streamTo(
  context: CallContext,
  setup: ProviderSetup,
  caller: ProviderCaller,
  request: ModelRequest,
): Promise<void> {
  const { signal, emit } = context;
  const call = { provider: setup.name, model: request.model, keySource: setup.keySource };
  let started = false;
  let lastActivityMs = -Infinity;
  const onBytes = () => {
    started = true;
    const now = performance.now();
    if (now - lastActivityMs < ACTIVITY_EVERY_MS) return;
    lastActivityMs = now;
    emit({ type: ACTIVITY });
  };
  try {
    const fetch = transport.fetch(onBytes, "stream");
    for await (const event of caller.stream(request, call, fetch, signal)) {
      // After an abort both SDKs end the stream as if it were whole: it is not.
      if (signal.aborted) break;
      emit(event);
      if (event.type === "end" || event.type === "failed") return;
    }
    signal.throwIfAborted();
  } catch (error) {
    const state = { aborted: signal.aborted, started, nowMs: Date.now() };
    emit({ type: "failed", failure: failureOfError(call, error, state) });
  }
}

const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) });

/**
 * Ollama: calls by its OpenAI-compatible address, the list by its own, which is there without
 * loading an SDK. Source: Ollama docs, "OpenAI compatibility" and "List local models".
 */
function ollamaCaller(setup: ProviderSetup): ProviderCaller {
  const root = setup.baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  let compatible: Promise<ProviderCaller> | null = null;
  return {
    async *stream(...call) {
      compatible ??= loadCaller({ ...setup, protocol: "openai", baseUrl: `${root}/v1` });
      yield* (await compatible).stream(...call);
    },
    async models(fetch, signal) {
      const response = await fetch(`${root}/api/tags`, { signal });
      // A stranger at the port is not Ollama: an answer of another form is a SyntaxError.
      const tags = tagsSchema.safeParse(response.ok ? await response.json() : null);
      if (!tags.success) throw new SyntaxError("Not a list of models");
      return tags.data.models.map((model) => namedModel(model.name));
    },
  };
}
