import { riskyArgument } from "./argument_rules.ts";
import { lexLine } from "./lex_line.ts";
import { NotUnderstood } from "./not_understood.ts";

/**
 * Prefix rules in force when the user configured none: they read, in the folders the cell has.
 * No interpreter, no package manager, nothing that starts another program.
 */
export const DEFAULT_ALLOW: readonly string[] = [
  "ls",
  "cat",
  "head",
  "tail",
  "wc",
  "sort",
  "uniq",
  "cut",
  "tr",
  "grep",
  "rg",
  "find",
  "diff",
  "stat",
  "du",
  "df",
  "file",
  "date",
  "pwd",
  "whoami",
  "echo",
  "git status",
  "git log",
  "git diff",
  "git show",
  "git blame",
  "git ls-files",
  "git rev-parse",
];

/**
 * Whether a prefix rule covers a program call.
 *
 * A rule is words, quoted as in a shell where needed: `cargo test` covers `cargo test --lib`, not
 * `cargo testing`; `*` covers everything; a program with a `/` is covered only by its exact path.
 * A rule that stands on {@linkcode DEFAULT_ALLOW}, whoever wrote it, does not cover arguments
 * with which its program starts others or writes ({@linkcode riskyArgument}); a longer rule that
 * names them (`find . -delete`) does.
 *
 * @param words The call, program first, globs as written.
 */
export function coversWords(rule: string, words: readonly string[]): boolean {
  if (rule === "*") return words.length > 0;
  const prefix = ruleWords(rule);
  if (prefix.length === 0 || prefix.length > words.length) return false;
  if (!prefix.every((word, index) => word === words[index])) return false;
  return !DEFAULT_ALLOW.includes(prefix.join(" ")) || riskyArgument(words) === null;
}

/** The first rule that covers a call, or null. */
export function findRule(rules: readonly string[], words: readonly string[]): string | null {
  return rules.find((rule) => coversWords(rule, words)) ?? null;
}

/** Words of a rule; a rule that is no plain list of words has none and covers nothing. */
function ruleWords(rule: string): string[] {
  try {
    const { words, operators } = lexLine(rule, {});
    if (operators.size > 0) return [];
    return [...words.values()].map((word) => word.units.map((unit) => unit.text).join(""));
  } catch (error) {
    if (error instanceof NotUnderstood) return [];
    throw error;
  }
}
