/**
 * The known word closest to a mistyped one, or null when none is near enough to be meant; see
 * {@linkcode nearestWords}.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  return nearestWords(word, known)[0] ?? null;
}

/**
 * Known words that may be meant by a mistyped one, the closest first.
 *
 * Near enough is an edit distance of at most a third of the longer word, and at least 1.
 */
export function nearestWords(word: string, known: Iterable<string>): string[] {
  const near: { word: string; distance: number }[] = [];
  for (const candidate of known) {
    const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit) near.push({ word: candidate, distance });
  }
  return near.sort((a, b) => a.distance - b.distance).map((one) => one.word);
}

/** Damerau-Levenshtein distance (optimal string alignment): swapped neighbours count once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      let distance = Math.min(
        (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
