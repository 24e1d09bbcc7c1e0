/**
 * Inside a `model:<provider>` thread: speaks to one service, with one key. It may reach that
 * service's host and nothing else; no file, no program, no environment.
 */
import { AppError } from "../../base/app_error.ts";
import type { Message } from "../../model/conversation/message.ts";
import type { ModelEvent, ModelRequest } from "../../model/conversation/model_stream.ts";
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

/** How long after the bytes one comes: most of the time what they mean comes first. */
const ACTIVITY_AFTER_MS = 100;

const transport = new Transport();
let configured: { setup: ProviderSetup; caller: Promise<ProviderCaller> } | null = null;

/** Answers the kernel's calls. */
export function start(channel: Channel): void {
  serve(channel, handlers);
}

const handlers: Handlers & Record<keyof ModelsApi, unknown> = {
  configure(raw: unknown) {
    const setup = providerSetup().parse(raw);
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
    return await streamTo(context, setup, await caller, { ...request, messages });
  },
  async models({ timeoutMs }: { timeoutMs: number }, { signal }: CallContext) {
    const { setup, caller } = provider();
    if (setup.traits?.lists === false) {
      throw new AppError("model.not_found", `"${setup.name}" gives no list of its models`, {
        hint: "Name a model that your plan has",
      });
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await (await caller).models(transport.fetch(() => {}, "document"), limit);
    } catch (error) {
      if (error instanceof AppError) throw error;
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

/**
 * Text crosses as it comes. The rest crosses with the end, as the result: calls can be run no
 * sooner, and each message wakes a thread.
 */
async function streamTo(
  { signal, emit }: CallContext,
  setup: ProviderSetup,
  caller: ProviderCaller,
  request: ModelRequest,
): Promise<ModelEvent[]> {
  const call = { provider: setup.name, model: request.model, keySource: setup.keySource };
  const held: ModelEvent[] = [];
  const life = signOfLife(() => emit({ type: ACTIVITY }));
  try {
    const fetch = transport.fetch(life.onBytes, "stream");
    for await (const event of caller.stream(request, call, fetch, signal)) {
      // After an abort both SDKs end the stream as if it were whole: it is not.
      if (signal.aborted) break;
      if (event.type === "text") {
        life.given();
        emit(event);
      } else held.push(event);
      if (event.type === "end" || event.type === "failed") return held;
    }
    signal.throwIfAborted();
    return held;
  } catch (error) {
    const state = { aborted: signal.aborted, started: life.started(), nowMs: Date.now() };
    return [...held, { type: "failed", failure: failureOfError(call, error, state) }];
  } finally {
    life.end();
  }
}

/** Tells of bytes that are no text, unless a text or the end follows at once. */
function signOfLife(tell: () => void) {
  let started = false;
  let lastMs = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const given = () => {
    clearTimeout(timer);
    timer = undefined;
    lastMs = performance.now();
  };
  return {
    onBytes() {
      started = true;
      if (timer !== undefined || performance.now() - lastMs < ACTIVITY_EVERY_MS) return;
      timer = setTimeout(() => {
        given();
        tell();
      }, ACTIVITY_AFTER_MS);
    },
    given,
    end: () => clearTimeout(timer),
    /** Whether anything came. */
    started: () => started,
  };
}
