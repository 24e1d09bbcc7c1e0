/**
 * Which model answers a turn: chosen by its message, chosen anew by how the turn goes.
 *
 * Greetings and lookups go to the fast model, code of many steps and what is risky to the smart
 * one, the rest to the primary one; what is unclear goes one up. It is never a permission: a larger
 * model may do nothing that a smaller one may not.
 */
import { type RouteDecision, type Tier, TIERS } from "../../model/services/route.ts";
import { type FeatureContext, type Features, featuresOf } from "./features.ts";

/** From this total of risk and uncertainty on the smart model is taken. */
export const SMART_THRESHOLD = 0.67;
/** From this complexity on, too. */
const SMART_COMPLEXITY = 0.5;
/** Rounds of tools before a turn is moved at all, and between two moves. */
const FIRST_MOVE = 5;
const BETWEEN_MOVES = 2;
/** A lookup that takes so many rounds is none. */
const LOOKUP_ROUNDS = 3;

/** What a turn's route works from. */
export interface RouteOptions extends FeatureContext {
  readonly text: string;
  readonly uncertaintyThreshold: number;
  /** Names of the models, for the decision. */
  readonly models: Readonly<Record<Tier, string>>;
  /** Told of each decision, the first one included. */
  onDecision(decision: RouteDecision): void;
}

/** The route of one turn. */
export class TurnRoute {
  readonly #options: RouteOptions;
  readonly #features: Features;
  readonly #first: Tier;
  #tier: Tier;
  #rounds = 0;
  #movedAt = 0;
  #clean = 0;
  #failed = 0;

  /** Decides by the message. */
  constructor(options: RouteOptions) {
    this.#options = options;
    this.#features = featuresOf(options.text, options);
    const { tier, reason } = firstTier(this.#features, options.uncertaintyThreshold);
    this.#first = tier;
    this.#tier = tier;
    this.#tell(reason);
  }

  /** Who answers now. */
  get tier(): Tier {
    return this.#tier;
  }

  /** Takes a round of tool calls. */
  afterRound({ failed, total }: { readonly failed: number; readonly total: number }): void {
    this.#rounds++;
    const isClean = failed === 0 || failed < total / 2;
    this.#clean = isClean ? this.#clean + 1 : 0;
    this.#failed = isClean ? this.#failed : this.#failed + 1;
    if (this.#tier === "fast" && this.#rounds >= LOOKUP_ROUNDS) {
      return this.#move(1, `it takes more than ${LOOKUP_ROUNDS - 1} rounds of tools`);
    }
    const mayMove = this.#rounds - this.#movedAt >= BETWEEN_MOVES;
    if (this.#rounds >= FIRST_MOVE && mayMove && this.#failed >= 2) {
      return this.#move(1, `${this.#failed} rounds of tools failed`);
    }
    if (mayMove && this.#clean >= 2 && this.#tier !== this.#first && this.#movedAt > 0) {
      // A lookup that became work stays work.
      if (this.#first !== "fast") this.#move(-1, "two rounds of tools went well");
    }
  }

  #move(by: 1 | -1, reason: string): void {
    const next = TIERS[TIERS.indexOf(this.#tier) + by];
    if (!next) return;
    this.#tier = next;
    this.#movedAt = this.#rounds;
    this.#failed = 0;
    this.#clean = 0;
    this.#tell(reason);
  }

  #tell(reason: string): void {
    const { uncertaintyThreshold, models, onDecision } = this.#options;
    onDecision({
      tier: this.#tier,
      model: models[this.#tier],
      scores: this.#features.scores,
      features: this.#features.seen,
      uncertaintyThreshold,
      smartThreshold: SMART_THRESHOLD,
      reason,
      iteration: this.#rounds,
    });
  }
}

function firstTier(
  { seen, scores }: Features,
  threshold: number,
): { tier: Tier; reason: string } {
  const simple = seen.includes("greeting") ? "greeting" : seen.includes("lookup") ? "lookup" : null;
  const decided: { tier: Tier; reason: string } = scores.total >= SMART_THRESHOLD
    ? { tier: "smart", reason: `risk and uncertainty reach ${SMART_THRESHOLD}` }
    : scores.complexity >= SMART_COMPLEXITY
    ? { tier: "smart", reason: "code or work of many steps" }
    : simple !== null
    ? { tier: "fast", reason: `a ${simple}` }
    : { tier: "primary", reason: "neither simple nor hard" };
  if (scores.uncertainty < threshold || decided.tier === "smart") return decided;
  return {
    tier: decided.tier === "fast" ? "primary" : "smart",
    reason: `${decided.reason}, but uncertain (${scores.uncertainty} of ${threshold})`,
  };
}
