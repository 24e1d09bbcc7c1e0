import type { Risk } from "../../model/cells/permission.ts";
import { riskyArgument } from "../commands/argument_rules.ts";
import {
  PROGRAM_BY_PATH,
  type ProgramRow,
  PROGRAMS,
  type RiskRule,
  SECRET_PARTS,
  SYSTEM_PLACES,
  UNKNOWN_PROGRAM,
} from "./program_table.ts";

/** How bad something is, and what it would touch. */
export interface Assessment {
  readonly risk: Risk;
  /** A few words for people: `deletes files`. */
  readonly touches: string;
}

const ORDER: readonly Risk[] = ["low", "medium", "high", "critical"];

/** The worse of two; of equals the second, which says more of this call. */
export function worse(a: Assessment, b: Assessment): Assessment {
  return ORDER.indexOf(a.risk) > ORDER.indexOf(b.risk) ? a : b;
}

const BY_NAME: ReadonlyMap<string, ProgramRow> = new Map(
  PROGRAMS.toReversed().flatMap((row) => row.programs.split(" ").map((name) => [name, row])),
);

/** How deep calls within calls are looked at: `sudo env nice rm`. */
const MAX_DEPTH = 8;

/** The row of a program, by its name without folders; null: there is none. */
export function programRow(program: string): ProgramRow | null {
  const name = program.slice(program.lastIndexOf("/") + 1);
  // Compilers and interpreters carry versions: `python3.12`, `clang-19`.
  return BY_NAME.get(name) ?? BY_NAME.get(name.replace(/[-.]?\d{1,4}(?:\.\d{1,4}){0,3}$/, "")) ??
    null;
}

/**
 * How risky a program call is. Errs on the side of more: words that look like options count
 * wherever they stand, and what has no entry is not low.
 *
 * @param words The call, program first, globs as written.
 */
export function commandRisk(words: readonly string[]): Assessment {
  return assess(words, 0);
}

function assess(words: readonly string[], depth: number): Assessment {
  const [program = "", ...args] = words;
  const row = programRow(program);
  let worst: Assessment = row ? matched(row, args) : UNKNOWN_PROGRAM;
  if (program.includes("/") && !/^\/(?:usr\/|opt\/homebrew\/)?s?bin\/[^/]+$/.test(program)) {
    worst = worse(worst, PROGRAM_BY_PATH);
  }
  if (riskyArgument(words) !== null) {
    worst = raise(worst, {
      risk: "high",
      touches: "an option that starts programs or writes files",
    });
  }
  if (args.some((arg) => SYSTEM_PLACES.test(arg))) {
    worst = raise(worst, { risk: "high", touches: "folders of the system" });
  }
  if (args.some((arg) => SECRET_PARTS.test(arg))) {
    worst = raise(worst, { risk: "critical", touches: "a file that holds keys or logins" });
  }
  if (row?.wraps) {
    const inner = innerCall(args);
    if (depth >= MAX_DEPTH) return raise(worst, { risk: "critical", touches: "calls in calls" });
    if (inner.length > 0) worst = worse(worst, assess(inner, depth + 1));
  }
  return worst;
}

/** Only what is worse than what is known already changes the words. */
function raise(known: Assessment, more: Assessment): Assessment {
  return ORDER.indexOf(more.risk) > ORDER.indexOf(known.risk) ? more : known;
}

/**
 * A row with the rules that fit. A rule of a subcommand stands for the program where it fits, also
 * when it is milder; every other rule only raises.
 */
function matched(row: ProgramRow, args: readonly string[]): Assessment {
  const rules = row.rules ?? [];
  const { subcommand, operands } = split(row, args);
  const fitting = rules.filter((rule) => fits(rule, args, subcommand, operands));
  const mild = fitting.find((rule) =>
    rule.subcommand !== undefined && ORDER.indexOf(rule.risk) < ORDER.indexOf(row.risk)
  );
  return fitting.reduce<Assessment>(worse, mild ?? row);
}

function fits(
  rule: RiskRule,
  args: readonly string[],
  subcommand: string,
  operands: readonly string[],
): boolean {
  if (rule.subcommand !== undefined) {
    const named = rule.subcommand.split("|").some((one) =>
      subcommand === one || subcommand.startsWith(one + " ")
    );
    if (!named) return false;
  }
  if (rule.options !== undefined) {
    const wanted = rule.options.split(" ");
    if (!args.some((arg) => wanted.some((option) => isOption(arg, option)))) return false;
  }
  return rule.operand === undefined || operands.some((word) => rule.operand?.test(word));
}

/**
 * The worst that a program can do by its row.
 *
 * @param first First words of the calls that count; rules of other subcommands are left out.
 */
export function worst(row: ProgramRow, first: readonly string[] = []): Assessment {
  const named = first.join(" ");
  const rules = (row.rules ?? []).filter(({ subcommand }) =>
    named === "" || subcommand === undefined ||
    subcommand.split("|").some((one) =>
      one === named || one.startsWith(named + " ") ||
      named.startsWith(one + " ")
    )
  );
  const mild = named === ""
    ? undefined
    : rules.find((rule) =>
      rule.subcommand !== undefined && ORDER.indexOf(rule.risk) < ORDER.indexOf(row.risk)
    );
  return rules.reduce<Assessment>(worse, mild ?? row);
}

/** Whether a word is an option, alone, with its value, in a cluster, or as a unique beginning. */
function isOption(word: string, option: string): boolean {
  if (word === option || word.startsWith(option + "=")) return true;
  if (option.startsWith("--")) {
    const name = word.split("=", 1)[0]!;
    return name.length > 4 && option.startsWith(name);
  }
  // `-rf` has -r; `-delete` of find is no cluster.
  return option.length === 2 && /^-[A-Za-z0-9]/.test(word) && word.slice(1).includes(option[1]!);
}

/** The first two words that are no options, and all of them. */
function split(
  row: ProgramRow,
  args: readonly string[],
): { subcommand: string; operands: readonly string[] } {
  const valued = new Set(row.valueOptions?.split(" "));
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (valued.has(arg)) index++;
    else if (!/^-./.test(arg)) operands.push(arg);
  }
  return { subcommand: operands.slice(0, 2).join(" "), operands };
}

/** The call that a wrapper starts: `env -i A=b nice -n 5 rm x` starts `nice`. */
function innerCall(args: readonly string[]): readonly string[] {
  const from = args.findIndex((arg, index) =>
    !/^-/.test(arg) && !/^[A-Za-z_]\w*=/.test(arg) && !/^\d+(?:\.\d+)?[smhd]?$/.test(arg) &&
    // The word behind an option may be its value, or the program; the program is looked for on.
    (programRow(arg) !== null || arg.includes("/") || !/^-/.test(args[index - 1] ?? ""))
  );
  return from < 0 ? [] : args.slice(from);
}
