/**
 * The grammar of one sentence: rules in order, the first that makes sense wins. A rule that
 * matches but can't use what it caught gives null and the next one is tried.
 */
import type { Intent } from "./intent.ts";
import { ABOUT_RULES } from "./rules_about.ts";
import { FIND_RULES } from "./rules_find.ts";
import { LOOK_RULES } from "./rules_look.ts";
import { type Masked, unmask, wholeFragment } from "./words.ts";

const RULES = [...ABOUT_RULES, ...FIND_RULES, ...LOOK_RULES];

/** What one sentence means, or null. The sentence is plain: no politeness, no mark at its end. */
export function understand(sentence: string, masked: Masked): Intent | null {
  for (const [pattern, make] of RULES) {
    const match = pattern.exec(sentence);
    const intent = match && make(match.groups ?? {}, masked);
    if (intent) return intent;
  }
  return null;
}

/** The line of `run …`, `$ …` or a lone `` `…` ``, exactly as written, or null. */
export function lineToRun(sentence: string, masked: Masked): string | null {
  const text = sentence.trim();
  const ticks = wholeFragment(text, masked);
  if (ticks?.startsWith("`")) return ticks.slice(1, -1).trim();
  const said =
    /^(?:(?:please|can you|could you|now|then)\s+)*(?:\$|(?:run|execute|exec)(?:\s+(?:the\s+)?(?:command|line|program)\b)?:?)\s+(.+)$/is
      .exec(text)?.[1]?.trim();
  if (said === undefined) return null;
  const inner = wholeFragment(said, masked);
  return inner === null ? unmask(said, masked) : inner.slice(1, -1);
}
