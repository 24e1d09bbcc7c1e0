import type { Amount } from "./budget.ts";
import type { Message, SealedReasoning, ToolCall } from "./message.ts";

/** A tool as a model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments object, printed from the tool's zod schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** How long a model may think before it answers, where it can. */
export const REASONING_EFFORTS = ["low", "medium", "high"] as const;

/** See {@linkcode REASONING_EFFORTS}. */
export type ReasoningEffort = typeof REASONING_EFFORTS[number];

/** One call of a model. */
export interface ModelRequest {
  /** Model id as the service knows it. */
  readonly model: string;
  /** System prompt. */
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  /** Upper bound of the answer, in tokens. */
  readonly maxOutputTokens: number;
  /** How long the model may think; missing: the service's own default. */
  readonly reasoningEffort?: ReasoningEffort | undefined;
  /** Stable key for the service's prompt cache, where it takes one. */
  readonly cacheKey?: string | undefined;
}

/** Tokens of one call, as the service counted them. */
export interface Usage {
  /** Input tokens, cached ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Input tokens read from the service's cache. */
  readonly cachedTokens: number;
  /** Input tokens written to the service's cache, where that has a price of its own. */
  readonly cacheWriteTokens?: number | undefined;
  /** Output tokens that were reasoning and not text; missing where the service does not say. */
  readonly reasoningTokens?: number | undefined;
}

/** Why the model stopped. */
export type StopReason = "end" | "tool_calls" | "max_tokens" | "refusal" | "other";

/** Why a call failed. Frozen in `tests/pins_test.ts`. */
export type ModelFailureCode =
  /** 401, 403: the key is wrong; a retry cannot help. */
  | "model.unauthorized"
  /** 429: `retryAfterMs` says when to come back, if the service said. */
  | "model.rate_limited"
  /** 404: no such model or address. */
  | "model.not_found"
  /** 400 and other 4xx: the service does not accept the request. */
  | "model.rejected"
  /** The prompt is longer than the window. */
  | "model.context_overflow"
  /** 402 or the service's word for it: no credit left. */
  | "model.no_credit"
  /** 5xx, 529: the service is down or overloaded. */
  | "model.unavailable"
  /** No answer within the limit. */
  | "model.timeout"
  /** Could not connect. */
  | "model.unreachable"
  /** The stream ended before the answer did. */
  | "model.cut"
  /** The answer was not of the protocol's form. */
  | "model.malformed"
  /** The user or the time of the turn stopped the call. */
  | "model.cancelled"
  /** A cap of the budget forbids it: nothing was sent, or the answer passed its bound. */
  | "model.over_budget";

/** A failed call; never holds a prompt, a key or a response body. */
export interface ModelFailure {
  readonly code: ModelFailureCode;
  /** Cause in a sentence, for people. */
  readonly message: string;
  /** What the user can do. */
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Who answers a call; the kernel says so before the first event, a compartment never does. */
export interface Answerer {
  /** As calls are counted under; see `billedAs`. */
  readonly provider: string;
  readonly model: string;
  /** Room of a cap that is held for the call, until `settled` says otherwise; null: none. */
  readonly hold: string | null;
}

/**
 * What a model call yields, in order. The stream never throws: it closes with exactly one
 * `end` or `failed`, and nothing follows that. Text before a `failed` is incomplete.
 */
export type ModelEvent =
  | { readonly type: "answering"; readonly by: Answerer }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: ToolCall }
  /** What the service wants back with this answer; at most once, before `end`. */
  | { readonly type: "reasoning"; readonly reasoning: SealedReasoning }
  | { readonly type: "usage"; readonly usage: Usage }
  /**
   * What stays held for the call beside its counted usage, as it stands; the last one counts, and
   * without any all of it stays. Only the kernel says so.
   */
  | { readonly type: "settled"; readonly held: Amount }
  | { readonly type: "end"; readonly stopReason: StopReason }
  | { readonly type: "failed"; readonly failure: ModelFailure };
