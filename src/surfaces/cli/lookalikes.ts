/**
 * Finds characters of a command that look like others, for a person who is about to allow it.
 *
 * Source: UTS 39 (confusables), cut down to what stands for letters, options and paths.
 */

/** Scripts with letters that look like Latin ones, and Latin letters that are none of ASCII's. */
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}\p{Script=Deseret}\p{Script=Old_Italic}\u0131\u017f\u0250-\u02af\u1d00-\u1d25\u2c60-\u2c7f]/u;
/** Dots and slashes that are none. */
const PATH_MARKS = /[\u2024\u2044\u2215\u29f8\u29f9\uff0e\uff0f\uff3c]/;
/** A dash before letters that is no hyphen of ASCII. */
const DASHES = /^[\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d](?=\p{L})/u;

/** The first character of a command that looks like another one; null: there is none. */
export function lookalike(command: string): string | null {
  const [program = "", ...rest] = command.trimStart().split(/\s+/);
  const inProgram = [...program].find((char) =>
    FOREIGN.test(char) || PATH_MARKS.test(char) || isCopy(char)
  );
  if (inProgram !== undefined) return inProgram;
  for (const word of rest) {
    const mark = PATH_MARKS.exec(word)?.[0] ?? DASHES.exec(word)?.[0];
    if (mark !== undefined) return mark;
    for (const part of word.split(/[^\p{L}\p{M}\p{N}_.-]+/u)) {
      // A word that is all of another script is no disguise of a Latin one.
      if (!/\p{Script=Latin}/u.test(part)) continue;
      const found = [...part].find((char) =>
        FOREIGN.test(char) || (/\p{L}/u.test(char) && isCopy(char))
      );
      if (found !== undefined) return found;
    }
  }
  return null;
}

/** Whether a character is another form of one of ASCII: full width, mathematics, in a circle. */
function isCopy(char: string): boolean {
  return char > "\x7f" && /^[\x21-\x7e]+$/.test(char.normalize("NFKC"));
}
