/**
 * Values that a name before them says are secret: `password = "…"`, `api_key: …`, `"token": "…"`, the
 * same escaped within a string. With an opening quote all up to its end is the value, or up to the
 * end of the line where that is missing; without one all up to white space, `,` and `;` inside
 * included. Pure, and linear: each match begins at a name.
 */
import type { RedactionPattern } from "./redaction_pattern.ts";

/** Quotes, escaped as often as the text around them is quoted. */
const QUOTE = "\\\\*[\"'`]";
/** What ends code or data around a value and so is not the end of one. */
const CLOSING = "\\s\"'`<>{},;";

/**
 * A pattern for values by their name.
 *
 * @param names Alternatives, as the source of a regular expression; any word may end in one.
 * @param least Characters of a value; a shorter one is a word.
 */
export function namedValues(
  label: string,
  names: string,
  least: number,
): RedactionPattern {
  // A quote after the sign ends a text such as "password: " and opens no value, unless the name had
  // quotes of its own.
  const opens = `(?:(?<=["'\`]\\]?)|(?!\\s*[:=>]{1,3}\\s*${QUOTE}\\s))`;
  // Two quotes at once are one within the value: SQL, YAML, and the three of Python.
  const inside = "(?:(?!(?<!\\\\)\\k<quote>)[^\\r\\n]|\\k<quote>{2})";
  const quoted = `(?<quote>${QUOTE})(?<hidden>${inside}{${least},})`;
  const bare = `(?!${QUOTE})(?<hidden>[^${CLOSING}](?:[^\\s"'\`]|["'\`](?=\\w)){${
    least - 2
  },}[^${CLOSING}])`;
  return {
    label,
    pattern: new RegExp(
      `(?:${names})(?:${QUOTE})?\\]?${opens}\\s*(?:=>|[:=]{1,3})\\s*(?:${quoted}|${bare})`,
      "dgi",
    ),
    key: new RegExp(`(?:${names})$`, "i"),
    readings: (value) => value.split(/["'`,;<>{}&\\]/, 1).filter((part) => part.length >= least),
  };
}
