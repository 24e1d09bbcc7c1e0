/**
 * Inside a `model:<provider>` thread: speaks to one service, with one key. It may reach that
 * service's host and nothing else; no file, no program, no environment.
 */
import { AppError } from "../../base/app_error.ts";
import type { Message } from "../../model/message.ts";
import type { ModelRequest } from "../../model/model_stream.ts";
import { type CallContext, type Channel, type Handlers, serve } from "../wire.ts";
import {
  ACTIVITY,
  type ModelsApi,
  type ProviderSetup,
  providerSetup,
  type SentRequest,
} from "./api.ts";
import { describeFailure, failureOfError } from "./failure.ts";
import { sealedBy } from "./protocols/answer_layout.ts";
import { loadCaller, type ProviderCaller } from "./protocols/caller.ts";
import { Transport } from "./transport.ts";

/** Milliseconds between two activity events at least; text itself is never held back. */
const ACTIVITY_EVERY_MS = 1_000;

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
    const messages = messagesFor(setup, request);
    await streamTo(context, setup, await caller, { ...request, messages });
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

/** What this service and model can be sent of a conversation that others may have had a part in. */
function messagesFor({ name, traits }: ProviderSetup, request: ModelRequest): readonly Message[] {
  const by = sealedBy(name, request.model);
  return request.messages.map((message): Message => {
    if (message.role === "assistant" && message.reasoning && message.reasoning.by !== by) {
      const { reasoning: _ofAnother, ...rest } = message;
      return rest;
    }
    if (message.role === "user" && message.images && traits?.images === false) {
      const { images, ...rest } = message;
      const note = `[${images.length === 1 ? "An image was" : `${images.length} images were`} ` +
        "shown here, which you cannot see]";
      return { ...rest, text: `${message.text}\n${note}` };
    }
    return message;
  });
}

function provider() {
  if (!configured) throw new AppError("model.not_configured", "The provider is not configured");
  return configured;
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
