import OpenAI from "openai";
import type { ProviderSetup } from "../../api.ts";
import { modelsOfBody } from "../../list_models.ts";
import { callIds, randomCallId } from "../call_ids.ts";
import { type ProviderCaller, SDK_TIMEOUT_MS } from "../caller.ts";
import { dialects } from "../dialect.ts";
import { chatDialect, toChatRequest } from "./request.ts";
import { readChatStream } from "./stream.ts";

/** Calls OpenAI chat completions, or a service that speaks it, through the SDK. */
export function openAiCaller(setup: ProviderSetup): ProviderCaller {
  return chatCaller(setup, (fetch) => openAiClient(setup, fetch));
}

/** The SDK for a service whose key goes into `Authorization`. */
export function openAiClient(setup: ProviderSetup, fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({
    baseURL: setup.baseUrl,
    // The SDK wants a key; where the service takes none, the header is left out below.
    apiKey: setup.apiKey ?? "none",
    maxRetries: 0,
    timeout: SDK_TIMEOUT_MS,
    logLevel: "off",
    fetch,
    defaultHeaders: {
      ...setup.headers,
      ...(setup.apiKey === null ? { authorization: null } : {}),
    },
  });
}

/** Chat completions by a client of the SDK. */
export function chatCaller(
  { traits = {} }: ProviderSetup,
  clientWith: (fetch: typeof globalThis.fetch) => OpenAI,
): ProviderCaller {
  const dialectOf = dialects(() => chatDialect(traits));
  return {
    async *stream(request, call, fetch, signal) {
      const client = clientWith(fetch);
      const chunks = await dialectOf(request.model).send(
        (fields) => toChatRequest(request, fields, traits),
        (body) => client.chat.completions.create(body, { signal }),
      );
      const ids = callIds(request.messages, randomCallId);
      yield* readChatStream(chunks, call, ids, traits.reasoningBack);
    },
    async models(fetch, signal) {
      return modelsOfBody(await clientWith(fetch).get("/models", { signal }));
    },
  };
}
