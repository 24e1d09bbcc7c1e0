/**
 * What to leave out of a request, as pure functions over the messages. A call and its result always
 * stay together, and the newest message of the user is never touched.
 */
import type { Message } from "../../model/conversation/message.ts";
import { cutToTokens, estimateMessage, estimateMessages, estimateTokens } from "./estimate.ts";
import type { Quotas } from "./quotas.ts";

/** Cut down to this part of the budget, so that the provider's prompt cache survives some calls. */
const TARGET = 0.75;

/**
 * How many of the oldest messages go into the summary: whole turns, none of the current one.
 *
 * @param messages Oldest first.
 */
export function turnsToLeaveOut(messages: readonly Message[], quotas: Quotas): number {
  const current = messages.findLastIndex((message) => message.role === "user");
  if (current <= 0) return 0;
  let earlier = estimateMessages(messages.slice(0, current));
  const now = estimateMessages(messages.slice(current));
  const room = quotas.messages - quotas.summary;
  if (earlier <= quotas.recent && earlier + now <= room) return 0;
  const target = Math.max(0, Math.min(quotas.recentAfter, room * TARGET - now));
  let cut = 0;
  while (cut < current && earlier > target) {
    do earlier -= estimateMessage(messages[cut++]!); while (
      cut < current && messages[cut]?.role !== "user"
    );
  }
  return cut;
}

/**
 * The messages within a budget: old tool results and pictures become one-line marks, the oldest
 * first; then old calls and answers are cut, then the newest results. The same array when nothing had to go.
 */
export function fitMessages(
  messages: readonly Message[],
  budget: number,
): readonly Message[] {
  if (estimateMessages(messages) <= budget) return messages;
  const newest = messages.findLastIndex((message) => message.role === "assistant");
  const current = messages.findLastIndex((message) => message.role === "user");
  const steps: ((message: Message, index: number) => Message)[] = [
    (message, index) => index < newest && index !== current ? marked(message) : message,
    (message, index) => index < newest ? shortened(message) : message,
  ];
  let fitted: readonly Message[] = messages;
  for (const step of steps) {
    fitted = replaceUntil(fitted, budget * TARGET, step);
    if (estimateMessages(fitted) <= budget) return fitted;
  }
  return cutNewest(fitted, budget, newest);
}

function replaceUntil(
  messages: readonly Message[],
  target: number,
  replace: (message: Message, index: number) => Message,
): readonly Message[] {
  let tokens = estimateMessages(messages);
  return messages.map((message, index) => {
    if (tokens <= target) return message;
    const shorter = replace(message, index);
    const saved = estimateMessage(message) - estimateMessage(shorter);
    if (saved <= 0) return message;
    tokens -= saved;
    return shorter;
  });
}

/** The results of the newest answer share what room there is. */
function cutNewest(messages: readonly Message[], budget: number, newest: number): Message[] {
  const results = messages.slice(newest + 1).filter((message) => message.role === "tool");
  const others = estimateMessages(messages) - estimateMessages(results);
  const share = Math.floor((budget - others) / Math.max(1, results.length)) - CUT_TOKENS;
  return messages.map((message, index) => {
    if (index <= newest || message.role !== "tool") return message;
    if (estimateMessage(message) <= share) return message;
    const shorter = share < CUT_TOKENS
      ? marked(message)
      : { ...message, content: `${cutToTokens(message.content, share)}\n${CUT}` };
    return estimateMessage(shorter) < estimateMessage(message) ? shorter : message;
  });
}

const CUT = "[the rest was left out to save room; ask for a smaller part]";
/** What the mark and the message around it take. */
const CUT_TOKENS = estimateTokens(CUT) + 8;

const MARK = "[older result left out to save room: ";

function imagesLeftOut(count: number): string {
  return `[${count === 1 ? "an image" : `${count} images`} left out to save room]`;
}

function marked(message: Message): Message {
  if (message.role === "user" && message.images) {
    const { images, ...rest } = message;
    return { ...rest, text: `${message.text}\n${imagesLeftOut(images.length)}` };
  }
  if (message.role !== "tool" || message.content.startsWith(MARK)) return message;
  const content = `${MARK}${message.content.length} characters; call again if it is needed]`;
  return { ...message, content };
}

/** Arguments stay an object, because services check that. */
const LEFT_OUT = '{"left_out":"to save room"}';
const SHORT_TOKENS = 60;

function shortened(message: Message): Message {
  if (message.role !== "assistant") return message;
  const text = cutToTokens(message.text, SHORT_TOKENS);
  const { reasoning: _sealed, ...rest } = message;
  return {
    ...rest,
    text: text === message.text ? text : `${text}…`,
    toolCalls: message.toolCalls.map((call) =>
      estimateTokens(call.arguments) <= SHORT_TOKENS ? call : { ...call, arguments: LEFT_OUT }
    ),
  };
}
