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

/** Half of a character, or of a placeholder of redaction, which nothing could put back. */
const HALF = /[\uD800-\uDBFF]$|\[\[[A-Z0-9_]{0,60}[a-z0-9]{0,8}\]?$/;

/** Longest beginning of a text that takes no more than that. */
export function cutToTokens(text: string, tokens: number): string {
  if (estimateTokens(text) <= tokens) return text;
  let left = tokens;
  let at = 0;
  for (; at < text.length; at++) {
    left -= text.charCodeAt(at) > 0x7f ? 1 : 1 / CHARS_PER_TOKEN;
    if (left < 0) break;
  }
  return text.slice(0, at).replace(HALF, "");
}

/** Estimates of one way to count texts. */
export interface RequestEstimate {
  /** Tokens that one message takes. */
  message(message: Message): number;
  /** Tokens that a whole request takes. */
  request(request: Pick<ModelRequest, "system" | "tools" | "messages">): number;
}

/** Makes estimates of requests from one of texts. */
export function estimateWith(count: (text: string) => number): RequestEstimate {
  /** Messages never change, and each is counted in every round. */
  const counted = new WeakMap<Message, number>();
  const message = (one: Message): number => {
    let tokens = counted.get(one);
    if (tokens === undefined) {
      tokens = MESSAGE_TOKENS + bodyTokens(one, count);
      counted.set(one, tokens);
    }
    return tokens;
  };
  return {
    message,
    request: ({ system, tools, messages }) =>
      messages.reduce(
        (sum, one) => sum + message(one),
        count(system) + count(JSON.stringify(tools)),
      ),
  };
}

/** Tokens that one message takes, roughly. */
export const estimateMessage: RequestEstimate["message"] = estimateWith(estimateTokens).message;

/** Tokens that messages take, roughly. */
export function estimateMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateMessage(message), 0);
}

function bodyTokens(message: Message, count: (text: string) => number): number {
  switch (message.role) {
    case "user":
      return count(message.text) + (message.images?.length ?? 0) * IMAGE_TOKENS;
    case "assistant": {
      // Sealed parts are sent back as they came; their encoding takes about a third more than tokens.
      const { reasoning } = message;
      const sealed = reasoning === undefined ? 0 : count(JSON.stringify(reasoning.parts));
      return message.toolCalls.reduce(
        (sum, call) => sum + count(call.name + call.arguments),
        count(message.text) + sealed,
      );
    }
    case "tool":
      return count(message.content);
  }
}
