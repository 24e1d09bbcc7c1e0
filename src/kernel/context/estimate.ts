/**
 * Tokens without a tokenizer: an estimate from characters that errs towards too many, corrected by
 * what the service counts.
 */
import type { Message } from "../../model/conversation/message.ts";
import type { ModelRequest } from "../../model/conversation/model_stream.ts";

/** Characters of ASCII per token, low on purpose. */
const CHARS_PER_TOKEN = 3.5;

/** What a picture takes at most, by the references of the services. */
const IMAGE_TOKENS = 1_600;

/** What a message takes beside its text. */
const MESSAGE_TOKENS = 4;

/** Tokens that a text takes, roughly; a character beyond ASCII counts as a whole one. */
export function estimateTokens(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) others++;
  return Math.ceil((text.length - others) / CHARS_PER_TOKEN + others);
}

/** Longest beginning of a text that takes no more than that. */
export function cutToTokens(text: string, tokens: number): string {
  if (estimateTokens(text) <= tokens) return text;
  let left = tokens;
  let at = 0;
  for (; at < text.length; at++) {
    left -= text.charCodeAt(at) > 0x7f ? 1 : 1 / CHARS_PER_TOKEN;
    if (left < 0) break;
  }
  return text.slice(0, at).replace(/[\uD800-\uDBFF]$/, "");
}

/** Messages never change, and each is counted in every round. */
const counted = new WeakMap<Message, number>();

/** Tokens that one message takes, roughly. */
export function estimateMessage(message: Message): number {
  let tokens = counted.get(message);
  if (tokens === undefined) {
    tokens = MESSAGE_TOKENS + estimateBody(message);
    counted.set(message, tokens);
  }
  return tokens;
}

/** Tokens that messages take, roughly. */
export function estimateMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateMessage(message), 0);
}

/** Tokens that a whole request takes, roughly. */
export function estimateRequest({ system, tools, messages }: ModelRequest): number {
  return estimateTokens(system) + estimateTokens(JSON.stringify(tools)) +
    estimateMessages(messages);
}

function estimateBody(message: Message): number {
  switch (message.role) {
    case "user":
      return estimateTokens(message.text) + (message.images?.length ?? 0) * IMAGE_TOKENS;
    case "assistant":
      return message.toolCalls.reduce(
        (sum, call) => sum + estimateTokens(call.name + call.arguments),
        estimateTokens(message.text) + estimateReasoning(message),
      );
    case "tool":
      return estimateTokens(message.content);
  }
}

/** Sealed parts are sent back as they came; their encoding takes about a third more than tokens. */
function estimateReasoning({ reasoning }: Extract<Message, { role: "assistant" }>): number {
  return reasoning === undefined ? 0 : estimateTokens(JSON.stringify(reasoning.parts));
}
