import OpenAI from "openai";
import type { ModelRequest } from "../../model/model_stream.ts";
import type { ProviderSetup } from "./api.ts";
import { callIds, randomCallId } from "./call_ids.ts";
import type { FailedCall } from "./failure.ts";
import type { ProviderCaller } from "./inside.ts";
import { listedModels } from "./list_models.ts";
import {
  type Dialect,
  dialectAfterRefusal,
  firstDialect,
  readOpenAiStream,
  toOpenAiRequest,
} from "./openai.ts";

/** Calls OpenAI chat completions, or a service that speaks it, through the SDK. */
export function openAiCaller(setup: ProviderSetup): ProviderCaller {
  const first = firstDialect(setup.baseUrl);
  // Remembered, so that a service refuses a field once and not in every call.
  let dialect = first;
  const clientWith = (fetch: typeof globalThis.fetch) =>
    new OpenAI({
      baseURL: setup.baseUrl,
      // The SDK wants a key; where the service takes none, the header is left out below.
      apiKey: setup.apiKey ?? "none",
      maxRetries: 0,
      logLevel: "off",
      fetch,
      defaultHeaders: {
        ...setup.headers,
        ...(setup.apiKey === null ? { authorization: null } : {}),
      },
    });

  async function open(client: OpenAI, request: ModelRequest, signal: AbortSignal) {
    for (;;) {
      const used = dialect;
      try {
        return await client.chat.completions.create(toOpenAiRequest(request, used), { signal });
      } catch (error) {
        const next = nextDialect(error, used, first);
        if (next === null) throw error;
        dialect = next;
      }
    }
  }

  return {
    async *stream(request: ModelRequest, call: FailedCall, fetch, signal) {
      const chunks = await open(clientWith(fetch), request, signal);
      yield* readOpenAiStream(chunks, call, callIds(request.messages, randomCallId));
    },
    async models(fetch, signal) {
      const page = await clientWith(fetch).models.list({ signal });
      return listedModels(page.data);
    },
  };
}

function nextDialect(error: unknown, used: Dialect, first: Dialect): Dialect | null {
  if (!(error instanceof OpenAI.APIError)) return null;
  if (error.status !== 400 && error.status !== 422) return null;
  return dialectAfterRefusal(used, first, `${error.message} ${JSON.stringify(error.error ?? "")}`);
}
