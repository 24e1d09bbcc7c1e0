/** Makes room before a model call: older turns go into a summary, then results are cut. */
import { callModel, callOf, type ModelAnswer } from "../agent/call_model.ts";
import { type Ending, mustEnd, type Turn } from "../agent/turn.ts";
import type { Message } from "../../model/conversation/message.ts";
import type { SessionSummary } from "../../model/conversation/session.ts";
import type { ContextWindow } from "./context_window.ts";
import { type Redaction, UNREDACTED } from "../redaction/with_redaction.ts";
import { cutToTokens } from "./estimate.ts";
import type { Quotas } from "./quotas.ts";
import { extractSummary, NOTE_TOKENS, SUMMARY_SYSTEM, summaryRequest } from "./summary.ts";

/** Least that a summary may take, however small the window is. */
const LEAST_SUMMARY = 40;

/** Part of the messages' room that the request for a summary may take. */
const REQUEST_SHARE = 0.8;

/**
 * The messages of the next request, or why the turn ends instead.
 *
 * @param count Told of a call that was made for a summary.
 */
export async function prepareRequest(
  turn: Turn,
  window: ContextWindow,
  quotas: Quotas,
  count: (answer: ModelAnswer) => void,
): Promise<{ messages: readonly Message[] } | { ending: Ending }> {
  const overdue = window.overdue(quotas);
  if (overdue.length > 0) {
    const ending = await summarise(turn, window, overdue, quotas, count);
    if (ending) return { ending };
  }
  return { messages: window.request(quotas) };
}

async function summarise(
  turn: Turn,
  window: ContextWindow,
  overdue: readonly Message[],
  quotas: Quotas,
  count: (answer: ModelAnswer) => void,
): Promise<Ending | null> {
  const { deps, sessionId } = turn;
  const redaction = deps.redaction ?? UNREDACTED;
  // Half of its quota: the rest is for a correction that grows later.
  const limit = Math.max(LEAST_SUMMARY, Math.floor(quotas.summary / 2) - NOTE_TOKENS);
  const covered = window.coveredBy(overdue);
  const startedAt = deps.clock.monotonic();
  const answer = deps.provider === "builtin"
    ? null
    : await ask(turn, window, overdue, quotas, limit);
  if (answer) count(answer);
  const ended = mustEnd(turn);
  if (ended) return ended;
  const told = answer?.ending.type === "end" && answer.ending.stopReason !== "refusal"
    ? answer.text.trim()
    : "";
  const short = told === ""
    ? extractSummary(hiddenSummary(window, redaction), overdue, limit)
    : cutToTokens(redaction.text(told), limit);
  const summary = {
    covered,
    // Stored as it was said, but cut as it is sent.
    text: redaction.restore(short),
    author: told === "" ? "extract" : "model",
  } as const;
  const call = answer === null
    ? undefined
    : callOf(deps, answer, deps.clock.monotonic() - startedAt);
  await deps.store.appendSummary(sessionId, { ...summary, call });
  window.slide({ text: summary.text, covered });
  const how = answer !== null && told === ""
    ? " by their first words: the model gave no summary"
    : "";
  const messages = overdue.length === 1
    ? "1 earlier message"
    : `${overdue.length} earlier messages`;
  deps.onEvent({ type: "notice", text: `Summarised ${messages}${how}` });
  return null;
}

function hiddenSummary(
  { summary }: ContextWindow,
  redaction: Redaction,
): SessionSummary | null {
  return summary === null ? null : { ...summary, text: redaction.text(summary.text) };
}

/** By the same port as every answer: retries, time and tokens count. */
function ask(
  turn: Turn,
  window: ContextWindow,
  overdue: readonly Message[],
  quotas: Quotas,
  limit: number,
): Promise<ModelAnswer> {
  const { deps } = turn;
  const text = summaryRequest(
    hiddenSummary(window, deps.redaction ?? UNREDACTED),
    overdue,
    Math.max(LEAST_SUMMARY, quotas.messages * REQUEST_SHARE),
  );
  const request = {
    model: deps.modelId,
    // Words, because models count those better than tokens.
    system: `${SUMMARY_SYSTEM}\nAt most ${Math.max(20, Math.floor(limit * 0.6))} words.`,
    messages: [{ role: "user", text }] as const,
    tools: [],
    maxOutputTokens: deps.limits.maxOutputTokens,
  };
  return turn.budget.within(
    turn.signal,
    (signal) => callModel(deps.smallModel ?? deps.model, request, { signal, onText: () => {} }),
  );
}
