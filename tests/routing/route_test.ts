/** Which model a message goes to, and what moves a turn. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { featuresOf } from "../../src/kernel/routing/features.ts";
import {
  adaptedThreshold,
  LEAST_THRESHOLD,
  MOST_THRESHOLD,
} from "../../src/kernel/routing/threshold.ts";
import { routeTurn } from "../../src/app/models/route_turn.ts";
import { TurnRoute } from "../../src/kernel/routing/turn_route.ts";
import type { RouteDecision } from "../../src/model/services/route.ts";
import type { TurnOutcome } from "../../src/model/conversation/session.ts";

const CONTEXT = { tools: [], previousFailed: false };
const MODELS = { fast: "p/fast", primary: "p/primary", smart: "p/smart" };

function routeOf(text: string, parts: { previousFailed?: boolean; threshold?: number } = {}) {
  const decisions: RouteDecision[] = [];
  const route = new TurnRoute({
    ...CONTEXT,
    ...parts,
    text,
    uncertaintyThreshold: parts.threshold ?? 0.55,
    models: MODELS,
    onDecision: (decision) => decisions.push(decision),
  });
  return { route, decisions };
}

Deno.test("greetings and lookups go to the fast model", () => {
  for (
    const text of [
      "hi",
      "Hello there!",
      "thanks a lot",
      "good morning",
      "what time is it in Tokyo?",
      "how many files are in this folder?",
      "which version of the licence is this",
      "where is the invoice of May?",
    ]
  ) assert.equal(routeOf(text).route.tier, "fast", text);
});

Deno.test("code of many steps goes to the smart model", () => {
  for (
    const text of [
      "Refactor src/main.ts, then run the unit tests, and finally fix what fails",
      "Implement this algorithm:\n1. parse the query\n2. build the index\n3. write unit tests",
      "First fix the race condition in worker.rs, then add a test for it",
    ]
  ) assert.equal(routeOf(text).route.tier, "smart", text);
});

Deno.test("the rest, and what the lists do not know, goes to the primary model", () => {
  for (
    const text of [
      "write a letter to my landlord about the heating",
      "rename notes.md to ideas.md",
      "Erkläre mir bitte den Unterschied zwischen Zins und Rendite im Alltag",
      "hello, please delete all my invoices of last year",
      "",
    ]
  ) assert.equal(routeOf(text).route.tier, "primary", text);
});

Deno.test("what is unclear goes one up, from the threshold on", () => {
  const text = "make it better somehow, quick but detailed";
  assert.ok(featuresOf(text, CONTEXT).scores.uncertainty >= 0.45);
  assert.equal(routeOf(text, { threshold: 0.75 }).route.tier, "primary");
  const { route, decisions } = routeOf(text, { threshold: 0.45 });
  assert.equal(route.tier, "smart");
  assert.match(decisions[0]?.reason ?? "", /uncertain \(0\.45 of 0\.45\)/);
});

Deno.test("a decision says features, scores, thresholds and the model", () => {
  const { decisions } = routeOf("sudo rm the old folder and send it by http");
  assert.deepEqual(decisions[0]?.features, ["outward", "dangerous"]);
  assert.equal(decisions[0]?.scores.risk, 0.52);
  assert.equal(decisions[0]?.smartThreshold, 0.67);
  assert.equal(decisions[0]?.model, "p/primary");
});

Deno.test("a lookup that takes many rounds becomes work, and stays it", () => {
  const { route, decisions } = routeOf("what is in there?");
  for (let n = 0; n < 6; n++) route.afterRound({ failed: 0, total: 1 });
  assert.equal(route.tier, "primary");
  assert.deepEqual(decisions.map(({ tier, iteration }) => [tier, iteration]), [
    ["fast", 0],
    ["primary", 3],
  ]);
});

Deno.test("failing rounds move a turn up, not before the fifth, and good ones down again", () => {
  const { route, decisions } = routeOf("write a letter about the heating in my flat please");
  const rounds = [1, 1, 1, 1, 1, 0, 0];
  for (const failed of rounds) route.afterRound({ failed, total: 1 });
  assert.deepEqual(decisions.map(({ tier, iteration }) => [tier, iteration]), [
    ["primary", 0],
    ["smart", 5],
    ["primary", 7],
  ]);
});

Deno.test("any text and any rounds: a tier, scores from 0 to 1, never below the first but up", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 3_000 }),
      fc.array(fc.record({ failed: fc.nat(3), total: fc.constant(3) }), { maxLength: 40 }),
      (text, rounds) => {
        const { route, decisions } = routeOf(text);
        const order = ["fast", "primary", "smart"];
        const first = order.indexOf(route.tier);
        for (const round of rounds) {
          route.afterRound(round);
          assert.ok(order.indexOf(route.tier) >= first);
        }
        for (const { scores } of decisions) {
          for (const score of Object.values(scores)) assert.ok(score >= 0 && score <= 1);
        }
        const moves = decisions.slice(1).map(({ iteration }) => iteration);
        moves.forEach((at, index) => assert.ok(index === 0 || at - moves[index - 1]! >= 2));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("the threshold follows failures within its bounds; stopped turns say nothing", () => {
  const outcomes = (outcome: TurnOutcome, count: number) => Array(count).fill(outcome);
  assert.equal(adaptedThreshold(0.55, []), 0.55);
  assert.equal(adaptedThreshold(0.55, outcomes("complete", 9)), 0.55, "too few to say");
  assert.equal(adaptedThreshold(0.55, outcomes("complete", 30)), 0.58);
  assert.equal(adaptedThreshold(0.55, outcomes("failed", 20)), 0.51);
  assert.equal(adaptedThreshold(0.55, outcomes("stopped", 50)), 0.55);
  const mixed = [...outcomes("failed", 3), ...outcomes("complete", 7)];
  assert.equal(adaptedThreshold(0.55, mixed), 0.53);
  fc.assert(fc.property(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.array(fc.constantFrom<TurnOutcome>("complete", "failed", "stalled", "capped", "stopped"), {
      maxLength: 300,
    }),
    (base, all) => {
      const threshold = adaptedThreshold(base, all);
      assert.ok(threshold >= LEAST_THRESHOLD && threshold <= MOST_THRESHOLD);
    },
  ));
});

Deno.test("a decision that cannot be stored is told at the turn's end, and ends no process before", async () => {
  const chosen = (model: string) => ({ chosen: { choice: { name: "p", model } } });
  const hub = {
    roles: { fast: chosen("fast"), primary: chosen("primary"), smart: chosen("smart") },
    forTurn: () => () => ({ stream: () => [] }),
  } as unknown as Parameters<typeof routeTurn>[0]["hub"];
  const routed = await routeTurn({
    hub,
    store: {
      recentOutcomes: () => Promise.resolve([]),
      appendAudit: () => Promise.reject(new Error("disk full")),
    },
    settings: { enabled: true, adapt: false, uncertaintyThreshold: 0.55 } as Parameters<
      typeof routeTurn
    >[0]["settings"],
    sessionId: "s",
    text: "hi",
    tools: [],
    previousFailed: false,
    onEvent: () => {},
  });
  // A rejection that nobody took by now would fail the test.
  await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(routed.settled(), /disk full/);
});
