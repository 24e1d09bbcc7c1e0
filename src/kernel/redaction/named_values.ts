/**
 * Values that a name before them says are secret: `password = "…"`, `api_key: …`, `"token": "…"`, the
 * same escaped within a string. With an opening quote all up to its end is the value, or up to the
 * end of the line where that is missing; without one all up to white space, `,` and `;` inside
 * included. Pure, and linear: each match begins at a name.
 */
import type { RedactionPattern } from "./redaction_pattern.ts";

/** Quotes, escaped as often as the text around them is quoted. */
const QUOTE = "\\\\*[\"'`]";
const QUOTE_ONCE = "[\"'`]";
/** What ends code or data around a value and so is not the end of one. */
const CLOSING = "\\s\"'`<>{},;";

/** The type that a declaration has between a name and its value: `token: string = "…"`. */
const TYPE = "(?:\\s{0,8}:?\\s{0,8}(?:string|str|&(?:'static\\s{1,8})?str)(?=\\s{0,8}=))?";
/** What says that the value follows. */
const SIGN = [
  `${TYPE}\\s*(?:=>|[?.+|]{1,2}=|[:=]{1,4})`,
  // An element of XML, and none of a type: <List<Token> of code has no end tag.
  "(?<=<[\\w.:-]{1,80})>(?=[^<>]{1,4096}</)",
  // The name and the value of a pair: `"name": "TOKEN", "value": "…"`, `key="Password" value="…"`.
  `(?:(?<=["'\`])|(?=\\s{0,8}\\n)),?\\s{0,80}(?:${QUOTE})?value(?:${QUOTE})?\\s*[:=]`,
  // A call with both: `set("TOKEN", "…")`; a list of words has no digits.
  `(?<=\\(\\s{0,8}${QUOTE_ONCE}[\\w.-]{1,80}${QUOTE_ONCE})\\s*,(?=\\s{0,80}${QUOTE}[^\\s"'\`]{0,80}\\d)`,
].join("|");

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
      `(?:${names})(?:[_-]?\\d{1,3})?(?:${QUOTE})?\\]?${opens}(?:${SIGN})\\s*(?:${quoted}|${bare})`,
      "dgi",
    ),
    key: new RegExp(`(?:${names})$`, "i"),
    readings: (value) => value.split(/["'`,;<>{}&\\]/, 1).filter((part) => part.length >= least),
  };
}
