/** Lines and characters of each that are compared: a hint may not cost seconds. */
const MAX_LINES = 20_000;
const MAX_CHARS = 300;
/** Below this share of common pairs of letters a line is no help. */
const MIN_LIKENESS = 0.5;

/**
 * Finds the line most like the first line of a text that was not found.
 *
 * @returns A hint, or null when nothing is alike.
 */
export function nearestLine(text: string, wanted: string): string | null {
  const first = wanted.split("\n").find((line) => line.trim() !== "")?.slice(0, MAX_CHARS);
  if (first === undefined) return null;
  const pairs = letterPairs(first);
  let best = { line: 0, likeness: 0, text: "" };
  text.split("\n", MAX_LINES).forEach((whole, index) => {
    const line = whole.slice(0, MAX_CHARS);
    // Cannot be alike enough: sparing the comparison keeps long files quick.
    if (line.length > 3 * first.length + 8 || first.length > 3 * line.length + 8) return;
    const likeness = line.trim() === first.trim() ? 1 : dice(pairs, letterPairs(line));
    if (likeness > best.likeness) best = { line: index + 1, likeness, text: line };
  });
  if (best.likeness < MIN_LIKENESS) return null;
  const same = best.likeness === 1 && best.text === first;
  return same
    ? `Line ${best.line} is the first line of it, but what follows differs`
    : `The nearest is line ${best.line}: ${JSON.stringify(best.text)}`;
}

function letterPairs(line: string): Map<string, number> {
  const text = line.replace(/\s+/g, " ").trim();
  const pairs = new Map<string, number>();
  for (let at = 0; at < text.length - 1; at++) {
    const pair = text.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

/** Sørensen–Dice coefficient of two bags of pairs. */
function dice(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  let total = 0;
  for (const [pair, count] of a) {
    common += Math.min(count, b.get(pair) ?? 0);
    total += count;
  }
  for (const count of b.values()) total += count;
  return total === 0 ? 0 : (2 * common) / total;
}
