/** The uncertainty from which on a larger model is asked follows how turns end. Pure. */
import type { TurnOutcome } from "../../model/conversation/session.ts";

/** Bounds that it never leaves. */
export const LEAST_THRESHOLD = 0.45;
export const MOST_THRESHOLD = 0.75;

/** Turns that are looked at together, and how many of the newest count at all. */
const BLOCK = 10;
export const RECENT_TURNS = 100;

/**
 * The threshold after recent turns: for each ten of them, a quarter of failures or more brings it
 * down by 0.02, and one in twenty or fewer up by 0.01.
 *
 * @param base As set.
 * @param outcomes Oldest first; turns that a person stopped say nothing.
 */
export function adaptedThreshold(base: number, outcomes: readonly TurnOutcome[]): number {
  const told = outcomes.filter((outcome) => outcome !== "stopped").slice(-RECENT_TURNS);
  let threshold = clamp(base);
  for (let at = 0; at + BLOCK <= told.length; at += BLOCK) {
    const failed = told.slice(at, at + BLOCK).filter((outcome) => outcome !== "complete").length;
    const ratio = failed / BLOCK;
    if (ratio >= 0.25) threshold = clamp(threshold - 0.02);
    else if (ratio <= 0.05) threshold = clamp(threshold + 0.01);
  }
  return Math.round(threshold * 100) / 100;
}

function clamp(value: number): number {
  return Math.min(MOST_THRESHOLD, Math.max(LEAST_THRESHOLD, value));
}
