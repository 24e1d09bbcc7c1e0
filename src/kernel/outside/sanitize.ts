/**
 * Cleans a text from outside for a model: nothing invisible, nothing that draws on a terminal,
 * nothing that passes for a turn of the conversation or for ward's own marks; what reads like an
 * order is marked. What people write in any script stays as it is.
 */
import { stripComments } from "./comments.ts";
import { stripInvisible } from "./invisible.ts";
import { markOrders } from "./order_phrases.ts";
import { plainRoleTags } from "./role_tags.ts";
import { stripTerminal } from "./terminal_sequences.ts";

/** A cleaned text, what was changed in it, and what its phrases try, in words. */
export interface Sanitized {
  readonly text: string;
  readonly removed: readonly string[];
  /** Kinds of phrases that give orders. */
  readonly orders: readonly string[];
}

/** Ward's own marks: of texts from outside, of what was cut, of an answer that was cut off. */
export const OWN_MARKS =
  /\[(?=\s{0,4}(?:(?:end of )?outside\b|incomplete:|older result left out|the rest was left out|… \d))/gi;

/** Cleans a text; takes time by its length alone. */
export function sanitizeOutside(raw: string): Sanitized {
  const removed: string[] = [];
  const note = (what: string, count: number) => {
    if (count > 0) removed.push(count === 1 ? what : `${what} (${count})`);
  };
  const drawn = stripTerminal(raw.toWellFormed());
  note("terminal sequences", drawn.removed);
  // What is taken out may join what stood around it: what joins comes after what takes out.
  const seen = stripInvisible(drawn.text);
  note("invisible characters", seen.removed);
  const shown = stripComments(seen.text);
  note("hidden comments", shown.removed);
  const plain = plainRoleTags(shown.text);
  let marks = plain.changed;
  const own = plain.text.replace(OWN_MARKS, () => (marks++, "("));
  note("marks of a conversation made plain", marks);
  const { text, kinds } = markOrders(own);
  return { text, removed, orders: kinds };
}
