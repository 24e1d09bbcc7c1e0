/**
 * Patterns that a user sets. A text may come from anybody, so none may take time beyond measure:
 * what could take exponential time is refused, and what is left is matched within pieces of a text,
 * so that its time grows with the length of the text and no faster. Pure.
 */

/** Characters that one attempt to match may look at. */
const PIECE = 2_048;
/** What two pieces share; a longer value may be found in part. */
const SHARED = 512;
/** At the beginning of a piece, what says what stands before a match. */
const BEFORE = 64;

/**
 * Whether ward takes it: a regular expression with the flag `u`, in which no group that repeats holds
 * something that repeats, is optional or has alternatives.
 */
export function isOwnPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
  } catch {
    return false;
  }
  return !repeatsWhatVaries(source);
}

/** `(a+)+`, `(a|ab)*`, `(a?){30}`: many ways to match the same text, all tried where it ends otherwise. */
function repeatsWhatVaries(source: string): boolean {
  const token =
    /\\(?:[pPu]\{[^}]*\}|k<[^>]*>|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?|[*+?]\??|\{\d+(?:,\d*)?\}\??|[^]/g;
  /** Whether what the open groups hold so far varies. */
  const open = [false];
  let closed: boolean | null = null;
  for (const [part] of source.matchAll(token)) {
    const isQuantifier = /^(?:[*+?]|\{\d)/.test(part);
    const isExact = /^\{\d+\}/.test(part);
    if (isQuantifier && closed && !part.startsWith("?")) return true;
    closed = null;
    if (part.startsWith("(")) open.push(false);
    else if (part === ")") closed = open.pop() ?? false;
    if (part === "|" || (isQuantifier && !isExact) || closed) open[open.length - 1] = true;
  }
  return false;
}

/** Matches of a pattern within pieces of a text, with where each piece begins. */
export function* matchesByPiece(
  text: string,
  pattern: RegExp,
): Generator<{ match: RegExpExecArray; at: number }> {
  for (let at = 0; at === 0 || at + SHARED < text.length; at += PIECE - SHARED) {
    for (const match of text.slice(at, at + PIECE).matchAll(pattern)) {
      // The piece before looked at this one with what stands before it.
      if (at === 0 || match.index >= BEFORE) yield { match, at };
    }
  }
}
