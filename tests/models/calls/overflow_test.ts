import assert from "node:assert/strict";
import { errorClass } from "../../../src/compartments/models/error_class.ts";

/** Refusals in the words of each service. */
const TOO_LONG: readonly (readonly [service: string, status: number, words: string])[] = [
  ["OpenAI", 400, "This model's maximum context length is 128000 tokens. However, your messages"],
  ["OpenAI Responses", 400, "Your input exceeds the context window of this model."],
  ["Anthropic", 400, "prompt is too long: 213462 tokens > 200000 maximum"],
  ["Anthropic", 400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"],
  ["Anthropic", 413, "Request exceeds the maximum size"],
  ["Gemini", 400, "The input token count (1200000) exceeds the maximum number of tokens allowed"],
  ["Bedrock", 400, "Input is too long for requested model."],
  ["Groq", 400, "Please reduce the length of the messages or completion."],
  [
    "Groq",
    413,
    "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 9000",
  ],
  ["Mistral", 400, "Prompt contains 40000 tokens, too large for model with 32768 maximum context"],
  ["xAI", 400, "This model's maximum prompt length is 131072 but the request contains 537812"],
  ["Together", 400, "`inputs` tokens + `max_new_tokens` must be <= 8193".replaceAll("`", "")],
  ["Moonshot", 400, "Invalid request: Your request exceeded model token limit: 8192"],
  ["Qwen", 400, "Range of input length should be [1, 30720]"],
  ["llama.cpp", 400, "the request exceeds the available context size. try increasing it"],
];

const OTHERS: readonly (readonly [status: number, words: string, code: string])[] = [
  [429, "Rate limit reached for tokens per min (TPM): context of 128000", "model.rate_limited"],
  [429, "maximum context length of all requests of this minute", "model.rate_limited"],
  [400, "max_tokens must be less than or equal to 8192", "model.rejected"],
  [400, "messages: text content blocks must be non-empty", "model.rejected"],
  [403, "Your request was flagged by moderation", "model.rejected"],
  [400, "Incorrect API key provided", "model.unauthorized"],
  [400, "tool_use_failed: Failed to call a function", "model.cut"],
  [424, "The model returned an error", "model.unavailable"],
];

Deno.test("a prompt that is too long is known by each service's own words", () => {
  for (const [service, status, words] of TOO_LONG) {
    assert.equal(errorClass(status, "", words), "model.context_overflow", `${service}: ${words}`);
  }
});

Deno.test("rate limits and other refusals that speak of lengths are no overflow", () => {
  for (const [status, words, code] of OTHERS) assert.equal(errorClass(status, "", words), code);
});
