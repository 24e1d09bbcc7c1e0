import Anthropic from "@anthropic-ai/sdk";
import type { ProviderSetup } from "../../api.ts";
import { listedModels } from "../../list_models.ts";
import { callIds, randomCallId } from "../call_ids.ts";
import { type ProviderCaller, SDK_TIMEOUT_MS } from "../caller.ts";
import { Dialect, dialects } from "../dialect.ts";
import { ANTHROPIC_CHOICES, type AnthropicFields, toAnthropicRequest } from "./request.ts";
import { readAnthropicStream } from "./stream.ts";

/** Calls Anthropic Messages, or a service that speaks it, through the SDK. */
export function anthropicCaller(setup: ProviderSetup): ProviderCaller {
  const dialectOf = dialects<AnthropicFields>(() => new Dialect(ANTHROPIC_CHOICES));
  const clientWith = (fetch: typeof globalThis.fetch) =>
    new Anthropic({
      // The SDK adds `/v1` itself.
      baseURL: setup.baseUrl.replace(/(?<!\/)\/+$/, "").replace(/\/v1$/, ""),
      // Any given key, even an empty one, keeps the SDK from looking for others.
      ...(setup.auth === "bearer"
        ? { apiKey: null, authToken: setup.apiKey }
        : { apiKey: setup.apiKey ?? "" }),
      maxRetries: 0,
      timeout: SDK_TIMEOUT_MS,
      logLevel: "off",
      openTelemetry: false,
      fetch,
      defaultHeaders: {
        ...setup.headers,
        ...(setup.apiKey === null ? { authorization: null } : {}),
      },
    });
  return {
    async *stream(request, call, fetch, signal) {
      const client = clientWith(fetch);
      const chunks = await dialectOf(request.model).send(
        (fields) => toAnthropicRequest(request, fields),
        (body) => client.messages.create(body, { signal }),
      );
      yield* readAnthropicStream(chunks, call, callIds(request.messages, randomCallId));
    },
    async models(fetch, signal) {
      const page = await clientWith(fetch).models.list({ limit: 1000 }, { signal });
      return listedModels(page.data);
    },
  };
}
