import type { ListedModel } from "../../../model/services/catalog.ts";
import type { ModelEvent, ModelRequest } from "../../../model/conversation/model_stream.ts";
import type { ProviderSetup } from "../api.ts";
import type { FailedCall } from "../failure.ts";

/** What a protocol can do; made by a file that is loaded with its SDK only when needed. */
export interface ProviderCaller {
  /** Events of one call; throws what the SDK or {@linkcode ServiceError} says. */
  stream(
    request: ModelRequest,
    call: FailedCall,
    fetch: typeof globalThis.fetch,
    signal: AbortSignal,
  ): AsyncIterable<ModelEvent>;
  /** Models with what the list says of them; throws what the SDK throws. */
  models(fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<ListedModel[]>;
}

/**
 * Time limit that the SDKs are given, in milliseconds: none, as far as a timer can hold. Calls have
 * theirs in the kernel (`limits.model_*`), where 0 is none.
 */
export const SDK_TIMEOUT_MS = 2 ** 31 - 1;

/** Loads what speaks a protocol; each SDK is a chunk of its own, for threads that need it. */
export async function loadCaller(setup: ProviderSetup): Promise<ProviderCaller> {
  switch (setup.protocol) {
    case "anthropic":
      return (await import("./anthropic/caller.ts")).anthropicCaller(setup);
    case "openai":
      return (await import("./openai_chat/caller.ts")).openAiCaller(setup);
    case "openai_responses":
      return (await import("./openai_responses/caller.ts")).responsesCaller(setup);
    case "azure":
      return (await import("./openai_chat/azure.ts")).azureCaller(setup);
    case "gemini":
      return (await import("./gemini/caller.ts")).geminiCaller(setup);
    case "bedrock":
      return (await import("./bedrock/caller.ts")).bedrockCaller(setup);
    case "ollama":
      return (await import("./ollama.ts")).ollamaCaller(setup);
  }
}
