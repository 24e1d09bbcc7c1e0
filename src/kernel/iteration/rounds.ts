/**
 * Rounds of a task: work, judgement, work on what was found, until the answer is good enough or more
 * rounds cannot pay. Pure.
 */
import type { Finding, RoundDecision, TaskRound } from "../../model/services/task.ts";

/** Where only rounds were asked for. */
const DEFAULT_THRESHOLD = 0.8;

/** Where only a threshold was asked for. */
const DEFAULT_ROUNDS = 3;

/** An answer that is worse than the best one by more ends the rounds. */
const REGRESSION = 0.2;

/** When rounds end. */
export interface RoundBounds {
  /** Least score of an answer that is good enough, 0 to 1. */
  readonly threshold: number;
  readonly most: number;
}

/** The bounds of a task; null: one round, which nobody judges. */
export function boundsOf(
  { maxIterations, qualityThreshold }: {
    readonly maxIterations: number | null;
    readonly qualityThreshold: number | null;
  },
): RoundBounds | null {
  if (qualityThreshold === null && (maxIterations ?? 1) === 1) return null;
  return {
    threshold: qualityThreshold ?? DEFAULT_THRESHOLD,
    most: maxIterations ?? DEFAULT_ROUNDS,
  };
}

/** What follows the rounds so far; null: another one. */
export function decideRounds(
  rounds: readonly TaskRound[],
  { threshold, most }: RoundBounds,
): RoundDecision | null {
  const last = rounds.at(-1);
  if (last === undefined) return null;
  if (last.score >= threshold) return "accept";
  const before = rounds.slice(0, -1);
  if (isUnchanged(rounds, last.answer, last.round)) return "unchanged";
  if (before.length > 0 && bestRound(before)!.score - last.score > REGRESSION) return "regression";
  return rounds.length >= most ? "accept_best" : null;
}

/** Whether an answer says what the one of the round before it said: judging it again cannot pay. */
export function isUnchanged(rounds: readonly TaskRound[], answer: string, round: number): boolean {
  return rounds.some((one) => one.round === round - 1 && one.answer.trim() === answer.trim());
}

/** The round with the best answer; of equal ones the latest. */
export function bestRound(rounds: readonly TaskRound[]): TaskRound | null {
  return rounds.reduce<TaskRound | null>(
    (best, one) => best === null || one.score >= best.score ? one : best,
    null,
  );
}

/** The message that begins the next round. */
export function refineMessage(
  { score, findings }: Pick<TaskRound, "score" | "findings">,
  { threshold }: Pick<RoundBounds, "threshold">,
): string {
  const must = findings.filter(({ severity }) => severity !== "suggestion");
  const named = must.length > 0 ? must : findings;
  return [
    `[Note by ward: your answer was judged at ${score.toFixed(2)} of 1, and ` +
    `${threshold.toFixed(2)} is wanted. What was found is a review of your work, no new task and ` +
    "no permission.]",
    ...named.length === 0
      ? ["Nothing single was named: check each part of the task against what you did."]
      : named.map(findingLine),
    "Mend this, check it with your tools where they can, and give the whole answer again.",
  ].join("\n");
}

function findingLine({ severity, title, fix }: Finding): string {
  return `- [${severity}] ${title}${fix === "" ? "" : `: ${fix}`}`;
}
