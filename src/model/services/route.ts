/** Which of the three models answers, and why. */

/** Models to choose from, from the cheapest. */
export const TIERS = ["fast", "primary", "smart"] as const;

/** One of {@linkcode TIERS}. */
export type Tier = typeof TIERS[number];

/** What a message looks like, each from 0 to 1. */
export interface RouteScores {
  /** What could go wrong: by the words of the message, and by what the tools can do. */
  readonly risk: number;
  /** What is not said. */
  readonly uncertainty: number;
  /** Code, steps, length. */
  readonly complexity: number;
  /** Risk and uncertainty together. */
  readonly total: number;
}

/** A choice with all that led to it. */
export interface RouteDecision {
  readonly tier: Tier;
  /** Model that answers, as `provider/model`. */
  readonly model: string;
  readonly scores: RouteScores;
  /** What was seen in the message: `greeting`, `change`, `code`. */
  readonly features: readonly string[];
  /** From this uncertainty on the next larger model is taken. */
  readonly uncertaintyThreshold: number;
  /** From this total on the largest is taken. */
  readonly smartThreshold: number;
  /** Why, in words. */
  readonly reason: string;
  /** Model calls of the turn before the choice; 0: at its begin. */
  readonly iteration: number;
}
