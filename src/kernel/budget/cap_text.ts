/** Caps in words, with the setting behind each and the way on. Pure. */
import type { CapFact, Trip } from "../../model/conversation/budget.ts";
import type { ModelFailure } from "../../model/conversation/model_stream.ts";

const SETTINGS = {
  task: { tokens: "budget.task_tokens", usd: "budget.task_usd" },
  session: { tokens: "budget.session_tokens", usd: "budget.session_usd" },
  day: { tokens: "budget.daily_tokens", usd: "budget.daily_usd" },
} as const;

const WORDS = { task: "the turn", session: "the session", day: "today" } as const;

/** `12,345 tokens`, `$1.50`. */
export function amountText(unit: CapFact["unit"], amount: number): string {
  return unit === "tokens"
    ? `${Math.ceil(amount).toLocaleString("en-US")} tokens`
    : `$${amount >= 1 || amount === 0 ? amount.toFixed(2) : amount.toFixed(4)}`;
}

/** The failure of a call that a cap forbids. @param sessionId Its session. */
export function overBudget(
  { scope, unit, limit, spent, asked }: CapFact,
  sessionId: string,
): ModelFailure {
  const lift = scope === "day"
    ? "It holds until midnight UTC; `ward cost lift` allows as much again"
    : scope === "session"
    ? `\`ward cost lift ${sessionId}\` allows as much again; a new session has a budget of its own`
    : "A new message has a budget of its own";
  return {
    code: "model.over_budget",
    message: `${WORDS[scope]} reached its cap of ${amountText(unit, limit)} ` +
      `(${SETTINGS[scope][unit]}): ${amountText(unit, spent)} went, and the next call may take ` +
      `${amountText(unit, asked)}`,
    hint: lift,
  };
}

/** The failure of an answer that goes on beyond its bound. */
export function overBound(tokens: number): ModelFailure {
  return {
    code: "model.over_budget",
    message: `The answer passed its cap of ${amountText("tokens", tokens)} ` +
      "(model.max_output_tokens), which the service does not keep, and was stopped",
    hint: "Raise model.max_output_tokens for longer answers",
  };
}

/** The failure of a call whose price is not known, under a cap of money. */
export function unknownPrice(provider: string, model: string): ModelFailure {
  return {
    code: "model.over_budget",
    message: `The price of ${model} of ${provider} is not known, and there is a cap of money`,
    hint: "Use a model with a known price (`ward models`), cap tokens instead, or set " +
      'budget.unknown_price = "count_tokens"',
  };
}

/** A cap that comes near, for people. */
export function warningText({ scope, unit, limit, spent, asked }: CapFact): string {
  const share = Math.min(100, Math.floor((spent + asked) / limit * 100));
  return `${share} % of ${amountText(unit, limit)} for ${WORDS[scope]} ` +
    `(${SETTINGS[scope][unit]}) are used or held`;
}

/** Why models have no network, for people. */
export function tripText({ scope, unit, limit, key }: Trip): string {
  const what = scope === "day" ? "today's cap" : `the cap of session ${key}`;
  const lift = `ward cost lift${scope === "day" ? "" : ` ${key}`}`;
  return `no network: ${what} of ${amountText(unit, limit)} is reached; \`${lift}\``;
}
