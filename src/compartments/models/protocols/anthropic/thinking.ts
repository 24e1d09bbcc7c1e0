/** How Claude is told how long to think; also where another service passes the fields on. */
import type { ModelRequest, ReasoningEffort } from "../../../../model/conversation/model_stream.ts";

/** `adaptive`: the model decides, guided by an effort; `budget`: older models, in tokens. */
export type ThinkingForm = "adaptive" | "budget" | "none";

const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  low: 2_048,
  medium: 8_192,
  high: 24_576,
};

/** Least that the service takes, and least that is left for the answer itself. */
const LEAST_TOKENS = 1_024;

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
  const budget = Math.min(BUDGETS[effort], maxOutputTokens - LEAST_TOKENS);
  if (budget < LEAST_TOKENS) return {};
  return { thinking: { type: "enabled", budget_tokens: budget } };
}
