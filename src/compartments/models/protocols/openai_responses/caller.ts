import type { ProviderSetup } from "../../api.ts";
import { modelsOfBody } from "../../list_models.ts";
import { callIds, randomCallId } from "../call_ids.ts";
import type { ProviderCaller } from "../caller.ts";
import { dialects } from "../dialect.ts";
import { openAiClient } from "../openai_chat/caller.ts";
import { responsesDialect, toResponsesRequest } from "./request.ts";
import { readResponsesStream } from "./stream.ts";

/** Calls OpenAI Responses, or a service that speaks it, through the SDK. */
export function responsesCaller(setup: ProviderSetup): ProviderCaller {
  const dialectOf = dialects(() => responsesDialect(setup.traits ?? {}));
  return {
    async *stream(request, call, fetch, signal) {
      const client = openAiClient(setup, fetch);
      const events = await dialectOf(request.model).send(
        (fields) => toResponsesRequest(request, fields),
        (body) => client.responses.create(body, { signal }),
      );
      yield* readResponsesStream(events, call, callIds(request.messages, randomCallId));
    },
    async models(fetch, signal) {
      return modelsOfBody(await openAiClient(setup, fetch).get("/models", { signal }));
    },
  };
}
