const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait before the next try: 5, 10, 20, 40, then 60 s, each a fifth shorter or longer by
 * chance, so that many do not come back in the same moment.
 *
 * @param failures Failed tries in a row, 1 or more.
 * @param fraction 0 ≤ x < 1.
 * @returns Milliseconds, whole.
 */
export function backoffMs(failures: number, fraction: number): number {
  const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** (Math.min(failures, 10) - 1));
  return Math.round(wait * (0.8 + 0.4 * fraction));
}
