/** Least that is left for the answer itself, where thinking counts as a part of it. */
const LEAST_ANSWER_TOKENS = 1_024;

/**
 * Tokens to think with, so that the answer is not thought away.
 *
 * @param wished Tokens for the effort.
 * @param least The service takes no fewer.
 * @param maxOutputTokens Bound of thinking and answer together.
 * @returns null where there is no room for both.
 */
export function thinkingBudget(
  wished: number,
  least: number,
  maxOutputTokens: number,
): number | null {
  const budget = Math.min(wished, maxOutputTokens - LEAST_ANSWER_TOKENS);
  return budget < least ? null : budget;
}
