/** How Claude is told how long to think; also where another service passes the fields on. */
import { thinkingBudget } from "../thinking_budget.ts";
import type { ModelRequest, ReasoningEffort } from "../../../../model/conversation/model_stream.ts";

/** `adaptive`: the model decides, guided by an effort; `budget`: older models, in tokens. */
export type ThinkingForm = "adaptive" | "budget" | "none";

const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  low: 2_048,
  medium: 8_192,
  high: 24_576,
};

/** Least that the service takes. */
const LEAST_BUDGET = 1_024;

/** Fields for an effort; none where none was wished. */
export function thinkingFields(
  { reasoningEffort: effort, maxOutputTokens }: Pick<
    ModelRequest,
    "reasoningEffort" | "maxOutputTokens"
  >,
  form: ThinkingForm,
):
  | { thinking: { type: "adaptive" }; output_config: { effort: ReasoningEffort } }
  | { thinking: { type: "enabled"; budget_tokens: number } }
  | Record<never, never> {
  if (effort === undefined || form === "none") return {};
  if (form === "adaptive") return { thinking: { type: "adaptive" }, output_config: { effort } };
  const budget = thinkingBudget(BUDGETS[effort], LEAST_BUDGET, maxOutputTokens);
  return budget === null ? {} : { thinking: { type: "enabled", budget_tokens: budget } };
}
