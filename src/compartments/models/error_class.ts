/**
 * Which kind of failure an error of a service is, by its status and its words. Services use the
 * same status for different things, so the words come first where they are unmistakable.
 * Sources: the error references of Anthropic, OpenAI, Azure OpenAI, Gemini, Bedrock, OpenRouter,
 * Groq, DeepSeek, Mistral, Together, Moonshot and xAI.
 */
import type { ModelFailureCode } from "../../model/conversation/model_stream.ts";
import { isOverflow } from "./overflow.ts";

const NO_CREDIT =
  /insufficient_quota|exceeded_current_quota|billing_error|credit balance|insufficient balance|insufficient credits|used all available credits/i;
/** Gemini and xAI refuse a key with 400. */
const BAD_KEY = /api_key_invalid|api key not valid|api key expired|incorrect api key/i;
/** The key is fine; what was asked for is not allowed (OpenRouter, Azure). */
const FILTERED = /content_filter|flagged|moderation/i;
/** Groq: the model wrote a call that the service cannot read; another try gives another one. */
const UNREADABLE_CALL = /tool_use_failed/;

/**
 * The failure of an answer with a status, or of an error event inside a stream, which has none.
 *
 * @param type The service's own word for it.
 * @param text All that the service said, for telling causes apart only.
 */
export function errorClass(
  status: number | undefined,
  type: string,
  text: string,
): ModelFailureCode {
  if (status === undefined) return classOfEvent(type, text);
  if (status === 402) return "model.no_credit";
  // A limit of tokens per minute speaks of lengths, too: a 429 is never an overflow.
  if (status === 429) return NO_CREDIT.test(text) ? "model.no_credit" : "model.rate_limited";
  if (status === 401) return "model.unauthorized";
  if (status === 403) return FILTERED.test(text) ? "model.rejected" : "model.unauthorized";
  if (status === 404) return "model.not_found";
  if (status === 408) return "model.timeout";
  // 424: Bedrock's model itself failed.
  if (status >= 500 || status === 424) return "model.unavailable";
  if (status === 413 || isOverflow(text)) return "model.context_overflow";
  if (NO_CREDIT.test(text)) return "model.no_credit";
  if (BAD_KEY.test(text)) return "model.unauthorized";
  if (UNREADABLE_CALL.test(text)) return "model.cut";
  if (/ServiceQuotaExceeded|ThrottlingException/.test(type)) return "model.rate_limited";
  return "model.rejected";
}

const EVENT_TYPES: readonly (readonly [RegExp, ModelFailureCode])[] = [
  [/rate_?limit|throttl|resource_exhausted/i, "model.rate_limited"],
  [/authentication|unauthenticated|permission|access_?denied/i, "model.unauthorized"],
  [/not_?found/i, "model.not_found"],
  [/invalid|validation|failed_precondition/i, "model.rejected"],
  [/timeout|timedout|deadline/i, "model.timeout"],
];

function classOfEvent(type: string, text: string): ModelFailureCode {
  if (isOverflow(text)) return "model.context_overflow";
  if (NO_CREDIT.test(text)) return "model.no_credit";
  return EVENT_TYPES.find(([words]) => words.test(type))?.[1] ?? "model.unavailable";
}
