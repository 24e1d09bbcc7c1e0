/**
 * How services say that a prompt is longer than the model's window. Each has words of its own, and
 * some say it with the status or the words of a rate limit; a rate limit alone is none of these.
 */

/** Words by service; in an answer of any other they mean the same. */
const WORDS: readonly (readonly [service: string, words: RegExp])[] = [
  ["OpenAI, Azure, DeepSeek, vLLM", /context_length_exceeded|maximum context length/],
  ["OpenAI Responses", /exceeds the context window/],
  ["Anthropic", /prompt is too long|exceed context limit|request_too_large/],
  ["Gemini", /input token count.{0,40}exceeds|exceeds the maximum number of tokens/],
  ["Bedrock", /input is too long|too many input tokens|input tokens exceed/],
  ["Groq", /reduce the length of the messages/],
  ["Mistral", /too large for model with \d+ maximum context/],
  ["xAI", /maximum prompt length is/],
  ["Together", /inputs? tokens \+ max_new_tokens must be/],
  ["Moonshot", /exceeded model token limit/],
  ["Qwen", /range of input length should be/],
  [
    "llama.cpp, LM Studio",
    /exceeds the available context size|exceed_context_size|context overflow/,
  ],
  ["others", /context[_ ](window|size|limit)[_ ]?(exceeded|is too small|overflow)/],
  ["others", /exceed(s|ed|ing)? (the )?(model'?s )?(maximum )?context/],
  ["others", /longer than the (model'?s )?context/],
];

/** Whether a refusal means that the prompt is too long. */
export function isOverflow(text: string): boolean {
  const lower = text.toLowerCase();
  return WORDS.some(([, words]) => words.test(lower));
}
