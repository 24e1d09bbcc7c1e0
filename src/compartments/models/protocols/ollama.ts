import * as z from "zod";
import type { ProviderSetup } from "../api.ts";
import { namedModel } from "../list_models.ts";
import { loadCaller, type ProviderCaller } from "./caller.ts";
import { okResponse } from "./http_call.ts";

const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) });

/**
 * Ollama: calls by its OpenAI-compatible address, the list by its own, which is there without
 * loading an SDK. It caches by what a prompt begins with and takes no key for that.
 * Source: Ollama docs, "OpenAI compatibility" and "List local models".
 */
export function ollamaCaller(setup: ProviderSetup): ProviderCaller {
  const root = setup.baseUrl.replace(/(?<!\/)\/+$/, "").replace(/\/v1$/, "");
  const headers = {
    ...setup.headers,
    ...(setup.apiKey === null ? {} : { authorization: `Bearer ${setup.apiKey}` }),
  };
  const traits = { ...setup.traits, cacheKey: false };
  let compatible: Promise<ProviderCaller> | null = null;
  return {
    async *stream(...call) {
      compatible ??= loadCaller({ ...setup, traits, protocol: "openai", baseUrl: `${root}/v1` });
      yield* (await compatible).stream(...call);
    },
    async models(fetch, signal) {
      const response = await okResponse(fetch(`${root}/api/tags`, { headers, signal }));
      // A stranger at the port is not Ollama: an answer of another form is a SyntaxError.
      const tags = tagsSchema.safeParse(await response.json());
      if (!tags.success) throw new SyntaxError("Not a list of models");
      return tags.data.models.map((model) => namedModel(model.name));
    },
  };
}
