/** Subcommands of git that write nothing below `.git`. */
const READING = new Set(
  ("status log diff show blame ls-files rev-parse grep cat-file shortlog describe rev-list " +
    "ls-tree name-rev merge-base count-objects for-each-ref show-ref check-ignore").split(" "),
);

/** Whether a program call needs `.git` writable: a git call that is not known to only read. */
export function writesGit(words: readonly string[]): boolean {
  return /(?:^|\/)git$/.test(words[0] ?? "") && !READING.has(words[1] ?? "");
}
