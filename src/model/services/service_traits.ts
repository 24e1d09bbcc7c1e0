/** In what a service differs from the reference of the protocol that it speaks. */

/** What is left out is as the protocol's own reference has it. */
export interface ServiceTraits {
  /** False: no model of it takes images; a note stands in for those of a conversation. */
  readonly images?: boolean | undefined;
  /** Whether it takes `prompt_cache_key`. */
  readonly cacheKey?: boolean | undefined;
  /** Where an effort goes: a field, OpenRouter's `reasoning` object, or nowhere. */
  readonly effort?: "reasoning_effort" | "reasoning" | "none" | undefined;
  /** Name of the bound of an answer. */
  readonly maxTokens?: "max_tokens" | "max_completion_tokens" | undefined;
  /** Models whose id begins so get Anthropic's cache marks. */
  readonly cacheMarksFor?: string | undefined;
  /** Field of an answer with reasoning that it wants back with the calls of that answer. */
  readonly reasoningBack?: "reasoning_content" | "reasoning_details" | undefined;
  /** `nine`: ids of calls are nine letters and digits. */
  readonly callIds?: "nine" | undefined;
  /** `false`: it has no list of what can be named, or none that is open to other programs. */
  readonly lists?: false | undefined;
}
