/** Asks a model for a judgement. */
import { callModel, callOf, type ModelAnswer } from "../agent/call_model.ts";
import type { TurnDeps } from "../agent/turn.ts";
import { CAP_SETTINGS, TurnBudget } from "../agent/turn_budget.ts";
import { UNREDACTED } from "../redaction/with_redaction.ts";
import type { ModelCall } from "../store_ports.ts";
import {
  AGAIN,
  JUDGE_SYSTEM,
  type JudgedWork,
  type Judgement,
  judgeRequest,
  readJudgement,
} from "./judgement.ts";

/** How often it is asked for one that can be read. */
const TRIES = 2;

/** Part of the window that the request may take. */
const REQUEST_SHARE = 0.5;

/** What it needs. */
export type JudgeDeps =
  & Pick<
    TurnDeps,
    "model" | "modelId" | "provider" | "redaction" | "clock" | "limits"
  >
  & { readonly contextTokens: number };

/** What came of it. */
export interface Judged {
  /** null: there is none, for that reason. */
  readonly judgement: Judgement | null;
  /** For people; null: there is a judgement. */
  readonly reason: string | null;
  /** What was asked of the model, to be stored whatever came of it. */
  readonly calls: readonly ModelCall[];
}

/** Judges; never throws. Its time is that of a turn. */
export async function judgeAnswer(
  deps: JudgeDeps,
  work: JudgedWork,
  signal: AbortSignal,
): Promise<Judged> {
  const redaction = deps.redaction ?? UNREDACTED;
  const budget = new TurnBudget(deps.limits, deps.clock);
  // What is cut and quoted is redacted first: of a cut value the rest looks like nothing.
  const asked = judgeRequest({
    ...work,
    task: redaction.text(work.task),
    answer: redaction.text(work.answer),
    messages: redaction.messages(work.messages),
  }, Math.floor(deps.contextTokens * REQUEST_SHARE));
  const calls: ModelCall[] = [];
  for (let tries = 1;; tries++) {
    const startedAt = deps.clock.monotonic();
    const answer = await budget.within(signal, (within) =>
      callModel(deps.model, {
        model: deps.modelId,
        system: JUDGE_SYSTEM,
        messages: [{ role: "user", text: tries === 1 ? asked : `${asked}\n\n${AGAIN}` }],
        tools: [],
        maxOutputTokens: deps.limits.maxOutputTokens,
      }, { signal: within, onText: () => {} }));
    if (answer.by !== null || answer.usage !== null) {
      calls.push(callOf(deps, answer, deps.clock.monotonic() - startedAt));
    }
    const failed = failureOf(answer, budget);
    if (failed !== null) return { judgement: null, reason: failed, calls };
    const judgement = readJudgement(answer.text);
    if (judgement !== null) return { judgement, reason: null, calls };
    if (tries === TRIES) {
      const reason = "the model gave no judgement in the form that was asked for";
      return { judgement: null, reason, calls };
    }
  }
}

/** Why there is no answer of the model to be read; null: there is one. */
function failureOf({ ending }: ModelAnswer, budget: TurnBudget): string | null {
  switch (ending.type) {
    case "aborted":
      return budget.beforeToolCall() === null
        ? "stopped"
        : `no judgement within the time of a turn (${CAP_SETTINGS.turnMs})`;
    case "failed": {
      const { message, hint } = ending.failure;
      return hint ? `${message}. ${hint}` : message;
    }
    case "end":
      return ending.stopReason === "refusal" ? "the model's service declined to judge" : null;
  }
}
