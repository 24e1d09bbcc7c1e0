/**
 * Caps around a model: before each call the most it may take is held, and a call that would pass a
 * cap is never made. Afterwards what it took is put in its place.
 *
 * What a call may take is its input by a high estimate and its longest answer. Only an answer that
 * ended, with its tokens counted, brings that down; any other (stopped, cut, timed out, uncounted)
 * keeps what was held. What stays is decided here alone, and told by `settled`.
 *
 * Not every service keeps the bound of an answer (a login of ChatGPT takes none): an answer that has
 * surely passed it is stopped here, where that may pass a cap.
 */
import type { ModelPort } from "../ports.ts";
import type { BudgetLedger } from "../store_ports.ts";
import { costOf } from "../models/prices/cost.ts";
import type { Amount, CapFact, SharedCaps } from "../../model/conversation/budget.ts";
import type {
  ModelEvent,
  ModelFailureCode,
  ModelRequest,
  Usage,
} from "../../model/conversation/model_stream.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import { overBound, overBudget, unknownPrice } from "./cap_text.ts";
import type { TaskMeter } from "./task_meter.ts";
import { LeastTokens, mostOf, mostTokens } from "./token_bounds.ts";

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

/** For tokenizers that are not like those that the estimate was measured with. */
const MARGIN = 1.1;

/** Tokens that services put around a request, and around tools. */
const AROUND_REQUEST = 50;
const AROUND_TOOLS = 500;

const NOTHING: Amount = { tokens: 0, usd: 0 };

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
  return Object.values(sharedCaps(budget)).some((cap) => cap !== null);
}

/** The caps that the processes of a profile share. */
export function sharedCaps(
  { sessionTokens, sessionUsd, dailyTokens, dailyUsd }: ResolvedSettings["budget"],
): SharedCaps {
  return { sessionTokens, sessionUsd, dailyTokens, dailyUsd };
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
  const estimate = mostOf.request(request);
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
    return yield { type: "failed", failure: overBudget(ofTask.refused, parts.sessionId) };
  }
  let hold: string | null = null;
  ofTask.warnings.forEach(parts.onWarning);
  if (hasSharedCaps(budget)) {
    const { sessionId } = parts;
    const { warnAt } = budget;
    const caps = sharedCaps(budget);
    const answer = await ledger.holdBudget({ sessionId, ...held, caps, warnAt });
    if (answer.type === "refused") {
      meter.settle(held, NOTHING);
      parts.onReached(answer.cap);
      return yield { type: "failed", failure: overBudget(answer.cap, parts.sessionId) };
    }
    hold = answer.id;
    answer.warnings.forEach(parts.onWarning);
  }
  yield { type: "answering", by: { provider, model, hold } };
  let counted: Amount | null = null;
  let said = "";
  const least = new LeastTokens();
  let used: Amount = held;
  try {
    for await (const event of port.stream(request, options)) {
      const piece = event.type === "text"
        ? event.text
        : event.type === "tool_call"
        ? ` ${event.call.name} ${event.call.arguments} `
        : "";
      said += piece;
      least.add(piece);
      const over = least.tokens - request.maxOutputTokens;
      if (over > 0 && (hasSharedCaps(budget) || meter.isPassedBy(over))) {
        // It came and is to be paid, though more than was held.
        const came = { inputTokens, outputTokens: mostTokens(said) };
        const tokens = came.inputTokens + came.outputTokens;
        used = atLeast(held, { tokens, usd: mostUsd(provider, model, came) });
        yield { type: "settled", held: beyond(used, counted ?? NOTHING) };
        yield { type: "failed", failure: overBound(request.maxOutputTokens) };
        return;
      }
      if (event.type === "usage") {
        const { inputTokens: input, outputTokens } = event.usage;
        counted = { tokens: input + outputTokens, usd: callUsd(provider, model, event.usage) };
        used = atLeast(held, counted);
        if (estimate > 0) {
          parts.ratios.set(key, Math.max(parts.ratios.get(key) ?? 0, input / estimate));
        }
        yield event;
        // Else a call that breaks off now would count what its row says and all of the hold.
        yield { type: "settled", held: beyond(used, counted) };
        continue;
      }
      if (event.type === "end" && counted !== null) {
        // A price that is known only for less than was counted says nothing of this call.
        used = { tokens: counted.tokens, usd: counted.usd ?? held.usd };
        yield { type: "settled", held: beyond(used, counted) };
      } else if (
        event.type === "failed" && FREE_FAILURES.has(event.failure.code) && said === "" &&
        counted === null
      ) {
        used = NOTHING;
        if (hold !== null) await ledger.dropHold(hold);
      }
      yield event;
    }
  } finally {
    meter.settle(held, used);
  }
}

/** What was held, or what was counted where that is more. */
function atLeast(held: Amount, counted: Amount): Amount {
  return {
    tokens: Math.max(held.tokens, counted.tokens),
    usd: held.usd === null ? counted.usd : Math.max(held.usd, counted.usd ?? 0),
  };
}

/** What is used beyond what the row of the call counts. */
function beyond(used: Amount, counted: Amount): Amount {
  return {
    tokens: Math.max(0, used.tokens - counted.tokens),
    usd: used.usd === null ? null : Math.max(0, used.usd - (counted.usd ?? 0)),
  };
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
