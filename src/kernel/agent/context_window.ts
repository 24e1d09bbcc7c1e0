/**
 * Bounds what a model is sent: when a session grows beyond the budget, its oldest tool results
 * become one-line marks. A call and its result always stay together, and what people and the
 * model said is never touched.
 */
import type { Message } from "../../model/message.ts";

/** Characters per token, low on purpose: an estimate that errs towards too many tokens. */
const CHARS_PER_TOKEN = 3.5;
/** Cut down to this part of the budget, so that the provider's prompt cache survives some calls. */
const TARGET = 0.75;

/** Tokens that a text takes, roughly. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** Tokens that messages take, roughly. */
export function estimateMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateMessage(message), 0);
}

/**
 * The messages within the budget, where that can be done with tool results alone. Those that
 * answer the newest assistant message stay whole.
 *
 * @param messages Whole history, oldest first.
 * @param budgetTokens Tokens the messages may take.
 * @returns The same array when nothing had to go.
 */
export function fitContext(messages: readonly Message[], budgetTokens: number): readonly Message[] {
  let tokens = estimateMessages(messages);
  if (tokens <= budgetTokens) return messages;
  const newest = messages.findLastIndex((message) => message.role === "assistant");
  const target = budgetTokens * TARGET;
  return messages.map((message, index) => {
    if (tokens <= target || index > newest || message.role !== "tool") return message;
    const marked = { ...message, content: markFor(message) };
    const saved = estimateMessage(message) - estimateMessage(marked);
    if (saved <= 0) return message;
    tokens -= saved;
    return marked;
  });
}

function estimateMessage(message: Message): number {
  switch (message.role) {
    case "user":
      return estimateTokens(message.text);
    case "assistant":
      return message.toolCalls.reduce(
        (sum, call) => sum + estimateTokens(call.name + call.arguments),
        estimateTokens(message.text),
      );
    case "tool":
      return estimateTokens(message.content);
  }
}

function markFor(message: Extract<Message, { role: "tool" }>): string {
  return `[older result left out to save room: ${message.content.length} characters; call again ` +
    "if it is needed]";
}
