import Anthropic from "@anthropic-ai/sdk";
import type { ModelEvent, ModelRequest } from "../../model/model_stream.ts";
import { readAnthropicStream, toAnthropicRequest } from "./anthropic.ts";
import type { ProviderSetup } from "./api.ts";
import { callIds, randomCallId } from "./call_ids.ts";
import type { FailedCall } from "./failure.ts";
import type { ProviderCaller } from "./inside.ts";
import { listedModels } from "./list_models.ts";

/** Calls Anthropic Messages, or a service that speaks it, through the SDK. */
export function anthropicCaller(setup: ProviderSetup): ProviderCaller {
  const clientWith = (fetch: typeof globalThis.fetch) =>
    new Anthropic({
      // The SDK adds `/v1` itself.
      baseURL: setup.baseUrl.replace(/\/+$/, "").replace(/\/v1$/, ""),
      // Any given key, even an empty one, keeps the SDK from looking for others.
      apiKey: setup.apiKey ?? "",
      maxRetries: 0,
      logLevel: "off",
      openTelemetry: false,
      fetch,
      defaultHeaders: {
        ...setup.headers,
        ...(setup.apiKey === null ? { authorization: null } : {}),
      },
    });
  return {
    async *stream(
      request: ModelRequest,
      call: FailedCall,
      fetch,
      signal,
    ): AsyncGenerator<ModelEvent> {
      const chunks = await clientWith(fetch).messages.create(toAnthropicRequest(request), {
        signal,
      });
      yield* readAnthropicStream(chunks, call, callIds(request.messages, randomCallId));
    },
    async models(fetch, signal) {
      const page = await clientWith(fetch).models.list({ limit: 1000 }, { signal });
      return listedModels(page.data);
    },
  };
}
