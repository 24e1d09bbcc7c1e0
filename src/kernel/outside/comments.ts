/**
 * Takes out comments of HTML, which a reader of the page does not see and a model reads. One that
 * is not closed hides the rest of its line at most: the page shows the rest too.
 */

const OPEN = "<!--";
const CLOSE = "-->";

/** The text without them; also without those that taking one out would make. Linear. */
export function stripComments(text: string): { text: string; removed: number } {
  let from = text.indexOf(OPEN);
  if (from < 0) return { text, removed: 0 };
  const kept: string[] = [];
  let removed = 0;
  let at = 0;
  /** No comment is closed from here on. */
  let openFrom = Infinity;
  while (from >= 0) {
    kept.push(text.slice(at, from));
    at = after(text, from + OPEN.length, from < openFrom);
    if (at < 0) {
      openFrom = from;
      at = lineEnd(text, from);
    }
    removed++;
    // What stood before it may open one with what stands after it.
    for (
      let joined = opensAcross(kept, text, at);
      joined > 0;
      joined = opensAcross(kept, text, at)
    ) {
      const inside = at + OPEN.length - joined;
      at = after(text, inside, inside < openFrom);
      if (at < 0) {
        openFrom = inside;
        at = lineEnd(text, inside);
      }
      removed++;
    }
    from = text.indexOf(OPEN, at);
  }
  kept.push(text.slice(at));
  return { text: kept.join(""), removed };
}

/** Where a comment ends whose inside begins there; -1: nowhere. */
function after(text: string, inside: number, mayClose: boolean): number {
  const close = mayClose ? text.indexOf(CLOSE, inside) : -1;
  return close < 0 ? -1 : close + CLOSE.length;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/**
 * Characters at the end of what is kept that open a comment with what follows; taken off it.
 */
function opensAcross(kept: string[], text: string, at: number): number {
  for (let length = OPEN.length - 1; length > 0; length--) {
    if (text.startsWith(OPEN.slice(length), at) && endsWith(kept, OPEN.slice(0, length))) {
      drop(kept, length);
      return length;
    }
  }
  return 0;
}

function endsWith(kept: readonly string[], wanted: string): boolean {
  let end = "";
  for (let i = kept.length - 1; i >= 0 && end.length < wanted.length; i--) {
    end = kept[i]!.slice(-wanted.length) + end;
  }
  return end.endsWith(wanted);
}

function drop(kept: string[], length: number): void {
  for (let left = length; left > 0;) {
    const last = kept.pop()!;
    if (last.length > left) kept.push(last.slice(0, -left));
    left -= last.length;
  }
}
