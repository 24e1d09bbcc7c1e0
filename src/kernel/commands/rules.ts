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

/** Begins a run grant that covers one call with exactly these words. */
export const EXACT = "exact:";
/** Begins a run grant of one exact shell line. */
export const LINE = "line:";

/** Whether the value of a run grant covers a program call. A whole line covers none. */
export function grantCovers(value: string, words: readonly string[]): boolean {
  if (value.startsWith(LINE)) return false;
  if (!value.startsWith(EXACT)) return coversWords(value, words);
  const exact = ruleWords(value.slice(EXACT.length));
  return exact.length === words.length && exact.every((word, index) => word === words[index]);
}

/** The prefix rule that a run grant is; null for an exact call and for a line. */
export function prefixRule(value: string): string | null {
  return value.startsWith(LINE) || value.startsWith(EXACT) ? null : value;
}

/** The program that a run grant needs; null for a line, `*` for all. */
export function grantProgram(value: string): string | null {
  if (value.startsWith(LINE)) return null;
  const rule = value.startsWith(EXACT) ? value.slice(EXACT.length) : value;
  return rule === "*" ? "*" : ruleWords(rule)[0] ?? rule.trim().split(/\s+/, 1)[0] ?? "";
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
