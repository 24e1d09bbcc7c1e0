import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import type { Message } from "../../model/conversation/message.ts";
import type { ListedModel } from "../../model/services/catalog.ts";
import type { ModelEvent, ModelRequest, ToolSpec } from "../../model/conversation/model_stream.ts";
import type { ServiceTraits } from "../../model/services/service_traits.ts";
import { SERVICE_PROTOCOLS } from "../../model/settings.ts";

const traits: () => z.ZodType<ServiceTraits> = lazily(() =>
  z.object({
    images: z.boolean().optional(),
    cacheKey: z.boolean().optional(),
    effort: z.enum(["reasoning_effort", "reasoning", "none"]).optional(),
    maxTokens: z.enum(["max_tokens", "max_completion_tokens"]).optional(),
    cacheMarksFor: z.string().optional(),
    reasoningBack: z.enum(["reasoning_content", "reasoning_details"]).optional(),
    callIds: z.literal("nine").optional(),
    lists: z.literal(false).optional(),
  })
);

/** What a `model:<provider>` thread is told once, before the first call. */
export const providerSetup = lazily(() =>
  z.object({
    /** Name of the provider, for messages. */
    name: z.string(),
    protocol: z.enum(SERVICE_PROTOCOLS),
    /** Base address; the protocol's own path (`/v1`) may be there or, but for those of OpenAI, not. */
    baseUrl: z.string(),
    /** The key, or null for a service that takes none. It goes to `baseUrl` and nowhere else. */
    apiKey: z.string().nullable(),
    /** How it is sent; `bearer` is the token of a login. @default {"key"} */
    auth: z.enum(["key", "bearer"]).optional(),
    /** Where the key comes from (`variable ANTHROPIC_API_KEY`), for hints. */
    keySource: z.string().nullable(),
    /** Further headers of each request. */
    headers: z.record(z.string(), z.string()).optional(),
    /** In what it differs from the reference of its protocol. */
    traits: traits().optional(),
  })
);

/** What a `model:<provider>` thread is told once, before the first call. */
export type ProviderSetup = z.infer<ReturnType<typeof providerSetup>>;

/**
 * A request as it crosses: each round of a turn sends the whole history, of which all but the end
 * crossed before.
 */
export interface SentRequest extends Omit<ModelRequest, "messages" | "tools"> {
  /** How many messages of the last request come first. */
  readonly kept: number;
  /** Those after them. */
  readonly messages: readonly Message[];
  /** Null: the same as in the last request. */
  readonly tools: readonly ToolSpec[] | null;
}

/** Methods of a `model:<provider>` thread. Both sides are ward's own code; answers are parsed. */
export interface ModelsApi {
  configure(setup: ProviderSetup): void;
  /**
   * Emits text events and {@linkcode ACTIVITY}; the result is the other events, of which the last
   * is `end` or `failed`.
   */
  stream(request: SentRequest): ModelEvent[];
  /** Models of the service, within a time limit in milliseconds. */
  models(params: { timeoutMs: number }): ListedModel[];
  /** Drops pooled connections: the next request opens a new one. */
  freshConnection(): void;
}

/** Event of a `stream` call: bytes came that are no {@linkcode ModelEvent} yet. */
export const ACTIVITY = "activity";

const ability = z.boolean().nullable();

/** A list of models as it crosses. */
export const modelList: () => z.ZodType<ListedModel[]> = lazily(() =>
  z.array(z.object({
    id: z.string(),
    contextTokens: z.number().nullable(),
    abilities: z.object({ tools: ability, vision: ability, reasoning: ability }),
    price: z.object({ input: z.number(), output: z.number() }).nullable(),
  }))
);

const reasoning = lazily(() =>
  z.object({
    by: z.string(),
    parts: z.array(z.record(z.string(), z.unknown())),
  })
);

const usage = lazily(() =>
  z.object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedTokens: z.number(),
    cacheWriteTokens: z.number().optional(),
    reasoningTokens: z.number().optional(),
  })
);

const failure = lazily(() =>
  z.object({
    code: z.enum([
      "model.unauthorized",
      "model.rate_limited",
      "model.not_found",
      "model.rejected",
      "model.context_overflow",
      "model.no_credit",
      "model.unavailable",
      "model.timeout",
      "model.unreachable",
      "model.cut",
      "model.malformed",
      "model.cancelled",
    ]),
    message: z.string(),
    hint: z.string().optional(),
    status: z.number().optional(),
    retryAfterMs: z.number().optional(),
  })
);

/** One event of a `stream` call as it crosses. */
export const modelEvent: () => z.ZodType<ModelEvent | { type: typeof ACTIVITY }> = lazily(() =>
  z.discriminatedUnion(
    "type",
    [
      z.object({ type: z.literal("text"), text: z.string() }),
      z.object({
        type: z.literal("tool_call"),
        call: z.object({ id: z.string(), name: z.string(), arguments: z.string() }),
      }),
      z.object({ type: z.literal("reasoning"), reasoning: reasoning() }),
      z.object({ type: z.literal("usage"), usage: usage() }),
      z.object({
        type: z.literal("end"),
        stopReason: z.enum(["end", "tool_calls", "max_tokens", "refusal", "other"]),
      }),
      z.object({ type: z.literal("failed"), failure: failure() }),
      z.object({ type: z.literal(ACTIVITY) }),
    ],
  )
);
