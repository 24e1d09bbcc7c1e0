/** Arguments of one program that make it start programs, write files or take lists of files. */
interface ArgumentRule {
  /** Single-letter options. */
  readonly letters?: string;
  /** Single-letter options that take a value: the rest of their word is no option. */
  readonly valueLetters?: string;
  /** Long options, without dashes; unique beginnings count, as GNU and git accept them. */
  readonly long?: readonly string[];
  /** Long options that are harmless though they begin like one of `long`. */
  readonly harmless?: readonly string[];
  /** Words that matter wherever they stand. */
  readonly words?: RegExp;
  /** Operands that matter. */
  readonly operands?: (args: readonly string[]) => string | null;
}

const GIT_DIFFING: ArgumentRule = {
  long: ["output", "ext-diff", "textconv", "submodule", "ignore-submodules", "show-signature"],
  harmless: ["text", "show"],
  words: /^--help$/,
};
const GIT_PLAIN: ArgumentRule = {
  long: ["recurse-submodules", "ignore-submodules", "textconv"],
  words: /^--help$/,
};

/** By program, for git by program and subcommand. A program that is not here has no such options. */
const RULES: Readonly<Record<string, ArgumentRule>> = {
  sort: {
    letters: "oT",
    valueLetters: "ktS",
    long: ["output", "compress-program", "temporary-directory", "files0-from"],
  },
  wc: { long: ["files0-from"] },
  du: { long: ["files0-from"] },
  uniq: { operands: uniqOperands },
  rg: {
    letters: "z",
    valueLetters: "ABCEMTdefgjmrt",
    long: ["pre", "pre-glob", "hostname-bin", "search-zip"],
  },
  find: { words: /^-+(?:exec|ok|delete|fprint|fls|files0)/ },
  // `diff -l` starts `pr`.
  diff: { letters: "l", valueLetters: "CDFILSUWXx", long: ["paginate"] },
  // `-z` starts decompressors, `-C` writes magic.mgc.
  file: {
    letters: "CfmzZS",
    valueLetters: "eFP",
    long: [
      "compile",
      "files-from",
      "magic-file",
      "uncompress",
      "uncompress-noreport",
      "no-sandbox",
    ],
  },
  date: { letters: "sf", valueLetters: "drI", long: ["set", "file"], operands: dateOperands },
  "git diff": GIT_DIFFING,
  "git log": GIT_DIFFING,
  "git show": GIT_DIFFING,
  "git status": GIT_PLAIN,
  "git blame": GIT_PLAIN,
  "git ls-files": GIT_PLAIN,
  "git rev-parse": GIT_PLAIN,
};

/**
 * Why the default rule of a program does not cover a call, or null.
 *
 * Errs on the side of asking: words behind `--` and values of options are looked at as well.
 * Sources: GTFOBins, the manuals of coreutils 9, findutils 4.10, diffutils 3.10, file 5, ripgrep
 * 14 and git 2.
 *
 * @param words The call, program first.
 */
export function riskyArgument(words: readonly string[]): string | null {
  const rule = ruleOf(words);
  return rule ? check(rule, words.slice(words[0] === "git" ? 2 : 1)) : null;
}

/** Whether there are rules on the arguments of a call. */
export function hasArgumentRule(words: readonly string[]): boolean {
  return ruleOf(words) !== undefined;
}

function ruleOf([program = "", first = ""]: readonly string[]): ArgumentRule | undefined {
  const name = program === "git" ? `git ${first}` : program;
  return Object.hasOwn(RULES, name) ? RULES[name] : undefined;
}

function check(rule: ArgumentRule, args: readonly string[]): string | null {
  for (const arg of args) {
    if (rule.words?.test(arg)) return arg;
    // A glob in an option could complete it to another one.
    if (arg.startsWith("-") && /^-[^=]*[*?[]/.test(arg)) return arg;
    if (arg.startsWith("--")) {
      const name = arg.slice(2).split("=", 1)[0]!;
      const risky = name !== "" && !rule.harmless?.includes(name) &&
        rule.long?.some((long) => long.startsWith(name));
      if (risky) return arg;
    } else if (arg.startsWith("-")) {
      for (const letter of arg.slice(1)) {
        if (rule.letters?.includes(letter)) return arg;
        if (rule.valueLetters?.includes(letter)) break;
      }
    }
  }
  return rule.operands?.(args) ?? null;
}

/** `uniq IN OUT` writes OUT. */
function uniqOperands(args: readonly string[]): string | null {
  let operands = 0;
  let optionsEnded = false;
  for (const [index, arg] of args.entries()) {
    if (!optionsEnded && arg === "--") optionsEnded = true;
    else if (optionsEnded || arg === "-" || !arg.startsWith("-")) {
      const isValue = /^[0-9]+$/.test(arg) && /^-[A-Za-z]*[fsw]$/.test(args[index - 1] ?? "");
      if (/[*?[]/.test(arg)) return arg;
      if ((!isValue || optionsEnded) && ++operands === 2) return arg;
    }
  }
  return null;
}

/** `date MMDDhhmm` sets the clock. */
function dateOperands(args: readonly string[]): string | null {
  return args.find((arg, index) => {
    const isValue = /^(?:-[A-Za-z]*[dr]|--date|--reference)$/.test(args[index - 1] ?? "");
    if (arg.startsWith("+") || (arg.startsWith("-") && arg !== "-" && arg !== "--")) return false;
    return !isValue || /[*?[]/.test(arg);
  }) ?? null;
}
