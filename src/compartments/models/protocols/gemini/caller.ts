/** Calls Gemini by plain requests: its SDK brings logins and sockets that nothing here needs. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import * as z from "zod";
import type { ListedModel } from "../../../../model/services/catalog.ts";
import type { ProviderSetup } from "../../api.ts";
import { namedModel } from "../../list_models.ts";
import { callIds, randomCallId } from "../call_ids.ts";
import type { ProviderCaller } from "../caller.ts";
import { dialects } from "../dialect.ts";
import { okResponse } from "../http_call.ts";
import { geminiDialect, toGeminiRequest } from "./request.ts";
import { readGeminiStream } from "./stream.ts";

/** Calls Gemini's `streamGenerateContent` with an API key. */
export function geminiCaller(setup: ProviderSetup): ProviderCaller {
  const dialectOf = dialects(geminiDialect);
  const base = setup.baseUrl.replace(/(?<!\/)\/+$/, "");
  const root = /\/v\d\w*$/.test(base) ? base : `${base}/v1beta`;
  const headers = {
    ...setup.headers,
    "content-type": "application/json",
    ...(setup.apiKey === null ? {} : { "x-goog-api-key": setup.apiKey }),
  };
  return {
    async *stream(request, call, fetch, signal) {
      const model = encodeURIComponent(request.model.replace(/^models\//, ""));
      const response = await dialectOf(request.model).send(
        (fields) => toGeminiRequest(request, fields),
        (body) =>
          okResponse(fetch(`${root}/models/${model}:streamGenerateContent?alt=sse`, {
            method: "POST",
            headers,
            body: JSON.stringify(body),
            signal,
          })),
      );
      const ids = callIds(request.messages, randomCallId);
      yield* readGeminiStream(eventsOf(response), call, ids);
    },
    async models(fetch, signal) {
      const response = await okResponse(
        fetch(`${root}/models?pageSize=1000`, { headers, signal }),
      );
      const list = listSchema.safeParse(await response.json());
      if (!list.success) throw new SyntaxError("Not a list of models");
      return list.data.models.filter((model) => model.supportedGenerationMethods.includes(CHAT))
        .map(toListed);
    },
  };
}

async function* eventsOf(response: Response): AsyncGenerator<unknown> {
  if (!response.body) return;
  const events = response.body
    // The DOM's types and those of the runtime differ in the kind of buffer.
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield JSON.parse(data);
}

/** What a model for conversations can do, by its list. */
const CHAT = "generateContent";

const listSchema = z.object({
  models: z.array(z.object({
    name: z.string(),
    inputTokenLimit: z.number().int().positive().optional(),
    supportedGenerationMethods: z.array(z.string()).default([CHAT]),
    thinking: z.boolean().optional(),
  })),
});

function toListed(
  { name, inputTokenLimit, thinking }: z.infer<typeof listSchema>["models"][number],
): ListedModel {
  const model = namedModel(name.replace(/^models\//, ""));
  return {
    ...model,
    contextTokens: inputTokenLimit ?? null,
    abilities: { ...model.abilities, reasoning: thinking ?? null },
  };
}
