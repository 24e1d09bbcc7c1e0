/** When rounds of a task end, and which answer is kept. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  bestRound,
  boundsOf,
  decideRounds,
  isUnchanged,
  refineMessage,
} from "../../src/kernel/iteration/rounds.ts";
import type { TaskRound } from "../../src/model/services/task.ts";

const rounds = (...scores: number[]): TaskRound[] =>
  scores.map((score, at) => ({
    round: at + 1,
    answer: `answer ${at + 1}`,
    score,
    findings: [],
    messages: 2 * (at + 1),
  }));

const BOUNDS = { threshold: 0.8, most: 3 };

Deno.test("rounds end when the answer is good enough, when there are no more, when it got much worse or says the same again", () => {
  equal(decideRounds([], BOUNDS), null);
  equal(decideRounds(rounds(0.79), BOUNDS), null);
  equal(decideRounds(rounds(0.8), BOUNDS), "accept");
  equal(decideRounds(rounds(0.5, 0.6, 0.7), BOUNDS), "accept_best");
  equal(decideRounds(rounds(0.6, 0.39), BOUNDS), "regression");
  equal(decideRounds(rounds(0.6, 0.4), BOUNDS), null, "a fifth worse is not much");
  const same = rounds(0.5, 0.5).map((one) => ({ ...one, answer: " the same " }));
  equal(decideRounds(same, BOUNDS), "unchanged");
  ok(isUnchanged(same.slice(0, 1), "the same", 2));
  ok(!isUnchanged(same.slice(0, 1), "the same", 3), "only the round before counts");
});

Deno.test("a task without a threshold and with one round is not judged; each of both brings the other's default", () => {
  const of = (maxIterations: number | null, qualityThreshold: number | null) =>
    boundsOf({ maxIterations, qualityThreshold });
  equal(of(null, null), null);
  equal(of(1, null), null);
  deepEqual(of(null, 0.9), { threshold: 0.9, most: 3 });
  deepEqual(of(5, null), { threshold: 0.8, most: 5 });
  deepEqual(of(1, 0.5), { threshold: 0.5, most: 1 });
});

Deno.test("the best answer is kept, of equal ones the latest; rounds never go on beyond their number (property)", () => {
  equal(bestRound([]), null);
  equal(bestRound(rounds(0.5, 0.7, 0.7, 0.1))?.round, 3);
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 1, max: 8 }),
    (scores, threshold, most) => {
      const all = rounds(...scores.map((score) => score / 100));
      const decision = decideRounds(all, { threshold: threshold / 100, most });
      equal(bestRound(all)!.score, Math.max(...scores) / 100);
      if (scores.at(-1)! >= threshold) equal(decision, "accept");
      else if (scores.length >= most) ok(decision !== null && decision !== "accept");
    },
  ));
});

Deno.test("the next round is told the score and what must be mended; suggestions only where there is nothing else", () => {
  const finding = (severity: "blocker" | "suggestion", title: string) => ({
    severity,
    title,
    fix: "do it",
  });
  const text = refineMessage(
    { score: 0.5, findings: [finding("suggestion", "style"), finding("blocker", "no test")] },
    BOUNDS,
  );
  match(text, /judged at 0\.50 of 1, and 0\.80 is wanted/);
  match(text, /\n- \[blocker\] no test: do it\n/);
  ok(!text.includes("style"));
  match(
    refineMessage({ score: 0.7, findings: [finding("suggestion", "style")] }, BOUNDS),
    /\n- \[suggestion\] style: do it\n/,
  );
  match(refineMessage({ score: 0.7, findings: [] }, BOUNDS), /Nothing single was named/);
});
