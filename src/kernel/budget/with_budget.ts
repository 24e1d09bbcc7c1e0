/**
 * Caps around a model: before each call the most it may take is held, and a call that would pass a
 * cap is never made. Afterwards what it took is put in its place.
 *
 * What a call may take is its input by a high estimate and its longest answer. A call of which
 * nobody knows what it took (it was stopped, cut, or its connection broke) keeps what was held.
 */
import type { BudgetLedger, ModelPort } from "../ports.ts";
import { estimateRequest, estimateTokens } from "../context/estimate.ts";
import { costOf } from "../models/prices/cost.ts";
import type { CapFact } from "../../model/conversation/budget.ts";
import type {
  ModelEvent,
  ModelFailureCode,
  ModelRequest,
  Usage,
} from "../../model/conversation/model_stream.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import { overBudget, unknownPrice } from "./cap_text.ts";
import type { Amount, TaskMeter } from "./task_meter.ts";

/** What {@linkcode withBudget} needs. */
export interface BudgetParts {
  /** Provider as its calls are counted; see `billedAs`. */
  readonly provider: string;
  readonly sessionId: string;
  readonly meter: TaskMeter;
  readonly ledger: Pick<BudgetLedger, "holdBudget" | "dropHold">;
  readonly budget: ResolvedSettings["budget"];
  /** What services counted for each estimated token, the most by provider and model. */
  readonly ratios: Map<string, number>;
  /** A cap comes near; once for each. Must not throw. */
  onWarning(cap: CapFact): void;
  /** A cap was reached. */
  onReached(cap: CapFact): void;
}

/** The estimate errs towards too many; this is for what it does not see. */
const MARGIN = 1.1;

/** Tokens that services put around a request, and around tools. */
const AROUND_REQUEST = 50;
const AROUND_TOOLS = 500;

/** Nothing is charged for these. */
const FREE_FAILURES: ReadonlySet<ModelFailureCode> = new Set([
  "model.unauthorized",
  "model.rate_limited",
  "model.not_found",
  "model.rejected",
  "model.context_overflow",
  "model.no_credit",
  "model.unavailable",
  "model.unreachable",
]);

/** Whether any cap is shared by the processes of a profile. */
export function hasSharedCaps(budget: ResolvedSettings["budget"]): boolean {
  return [budget.sessionTokens, budget.sessionUsd, budget.dailyTokens, budget.dailyUsd]
    .some((cap) => cap !== null);
}

/** A port that keeps the caps. It says who answers, with what is held. */
export function withBudget(port: ModelPort, parts: BudgetParts): ModelPort {
  return { stream: (request, options) => streamWithin(port, parts, request, options) };
}

async function* streamWithin(
  port: ModelPort,
  parts: BudgetParts,
  request: ModelRequest,
  options: Parameters<ModelPort["stream"]>[1],
): AsyncGenerator<ModelEvent> {
  const { provider, meter, budget, ledger } = parts;
  const { model } = request;
  const key = JSON.stringify([provider, model]);
  const estimate = estimateRequest(request);
  const around = request.tools.length > 0 ? AROUND_TOOLS : AROUND_REQUEST;
  const inputTokens = Math.ceil(estimate * Math.max(1, parts.ratios.get(key) ?? 1) * MARGIN) +
    around;
  const most = { inputTokens, outputTokens: request.maxOutputTokens };
  const held: Amount = {
    tokens: most.inputTokens + most.outputTokens,
    usd: mostUsd(provider, model, most),
  };
  const countsMoney = meter.countsMoney || budget.sessionUsd !== null || budget.dailyUsd !== null;
  if (held.usd === null && countsMoney && budget.unknownPrice === "refuse") {
    return yield { type: "failed", failure: unknownPrice(provider, model) };
  }
  const ofTask = meter.hold(held);
  if (ofTask.refused) {
    parts.onReached(ofTask.refused);
    return yield { type: "failed", failure: overBudget(ofTask.refused) };
  }
  let hold: string | null = null;
  ofTask.warnings.forEach(parts.onWarning);
  if (hasSharedCaps(budget)) {
    const { warnAt, sessionTokens, sessionUsd, dailyTokens, dailyUsd } = budget;
    const caps = { sessionTokens, sessionUsd, dailyTokens, dailyUsd };
    const answer = await ledger.holdBudget({ sessionId: parts.sessionId, ...held, caps, warnAt });
    if (answer.type === "refused") {
      meter.settle(held, { tokens: 0, usd: 0 });
      parts.onReached(answer.cap);
      return yield { type: "failed", failure: overBudget(answer.cap) };
    }
    hold = answer.id;
    answer.warnings.forEach(parts.onWarning);
  }
  yield { type: "answering", by: { provider, model, hold } };
  let usage: Usage | null = null;
  let output = 0;
  let used: Amount = held;
  try {
    for await (const event of port.stream(request, options)) {
      if (event.type === "usage") usage = event.usage;
      else if (event.type === "text") output += estimateTokens(event.text);
      else if (event.type === "tool_call") output += estimateTokens(event.call.arguments) + 20;
      else if (event.type === "end" && usage === null) {
        // It does not count; a free ride would be wrong, and so would the longest answer.
        used = { tokens: Math.min(held.tokens, inputTokens + output), usd: held.usd };
      } else if (
        event.type === "failed" && FREE_FAILURES.has(event.failure.code) && output === 0 &&
        usage === null
      ) {
        used = { tokens: 0, usd: 0 };
        if (hold !== null) await ledger.dropHold(hold);
      }
      yield event;
    }
  } finally {
    if (usage !== null) {
      const { inputTokens: input, outputTokens } = usage;
      used = { tokens: input + outputTokens, usd: callUsd(provider, model, usage) };
      if (estimate > 0) {
        parts.ratios.set(key, Math.max(parts.ratios.get(key) ?? 0, input / estimate));
      }
    }
    meter.settle(held, used);
  }
}

/** Price of a call in dollars; null: not known. */
export function callUsd(provider: string, model: string, usage: Usage | null): number | null {
  return costOf({
    provider,
    model,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    cachedTokens: usage?.cachedTokens ?? null,
    cacheWriteTokens: usage?.cacheWriteTokens ?? null,
  });
}

/** The most that a call may cost: its input may all be written to the cache, or not at all. */
function mostUsd(
  provider: string,
  model: string,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): number | null {
  const written = { inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: inputTokens };
  const dear = callUsd(provider, model, written);
  const plain = callUsd(provider, model, { ...written, cacheWriteTokens: 0 });
  return dear === null || plain === null ? null : Math.max(dear, plain);
}
