/**
 * Cleans a text from outside for a model: nothing invisible, nothing that draws on a terminal,
 * nothing that passes for a turn of the conversation or for ward's own marks. What people write in
 * any script stays as it is.
 */
import { stripInvisible } from "./invisible.ts";
import { stripTerminal } from "./terminal_sequences.ts";

/** A cleaned text, and what was taken out of it, in words. */
export interface Sanitized {
  readonly text: string;
  readonly removed: readonly string[];
}

/** Words that chat formats put around turns: with them a text passes for the user or the system. */
const ROLE_TAGS = new RegExp(
  [
    /<\|[\w-]{1,40}\|>/,
    /<\/?(?:system|assistant|user|human|developer|tool|function)(?:[_-](?:prompt|message|call|calls|result|results|response|instructions?))?>/,
    /<\/?(?:function_calls|invoke|tool_use|tool_code|start_of_turn|end_of_turn|im_start|im_end)\b[^<>]{0,80}>/,
    /\[\/?(?:INST|SYS|SYSTEM|USER|ASSISTANT|TOOL_CALLS?|TOOL_RESULTS?|AVAILABLE_TOOLS)\]/,
    /<<\/?SYS>>/,
  ].map(({ source }) => source).join("|"),
  "gi",
);

/** A line that opens a turn in plain text formats. */
const ROLE_LINE = /^([ \t>*#]{0,8})(system|assistant|human|user|developer)(?=[ \t]{0,4}:)/gim;

/** Ward's own marks. */
const OWN_MARKS = /\[(?=\s{0,4}(?:end of )?outside\b)/gi;

/**
 * Comments of HTML, which a reader of the page does not see. One that is not closed hides the rest
 * of its line at most: the page shows the rest too.
 */
const COMMENTS = /<!--(?:(?!-->)[^])*?-->|<!--[^\n]*$/gm;

/** Cleans a text. */
export function sanitizeOutside(raw: string): Sanitized {
  const removed: string[] = [];
  const note = (what: string, count: number) => {
    if (count > 0) removed.push(count === 1 ? what : `${what} (${count})`);
  };
  const drawn = stripTerminal(raw.toWellFormed());
  note("terminal sequences", drawn.removed);
  const seen = stripInvisible(drawn.text);
  note("invisible characters", seen.removed);
  let comments = 0;
  let roles = 0;
  let text = seen.text;
  // What is taken out may join what stood around it.
  for (let before = ""; before !== text;) {
    before = text;
    text = text
      .replace(COMMENTS, () => (comments++, ""))
      .replace(ROLE_TAGS, (tag) => (roles++, `(${tag.replace(/[<>[\]|]/g, "")})`))
      .replace(ROLE_LINE, (_, lead: string, role: string) => (roles++, `${lead}(${role})`))
      .replace(OWN_MARKS, () => (roles++, "("));
  }
  note("hidden comments", comments);
  note("marks of a conversation made plain", roles);
  return { text, removed };
}
