/** What one answer can cover: the exact call, its kind, the whole program; a file, its folder. */
import type { GrantWidth, PermissionKind, Risk } from "../../model/cells/permission.ts";
import { isSystemPath, within } from "../../model/cells/paths.ts";
import { coversWords, EXACT, grantCovers } from "../commands/rules.ts";
import { commandRisk, programRow, worst } from "../risk/command_risk.ts";
import { pathRisk } from "../risk/request_risk.ts";
import { grantCommand, lastingFor, quoteWord } from "./grant_command.ts";
import type { PolicyState } from "./state.ts";

/** Widths, and the value that an answer has where nobody chooses another. */
export interface Widths {
  readonly value: string;
  readonly widths: readonly GrantWidth[];
}

/**
 * Widths of a program call. By itself an answer covers the program and its subcommand, so that the
 * next call of the same kind does not ask again; of what runs other programs, changes files or is
 * critical it covers this one call.
 *
 * @param tainted The session read from outside: what a page told the model to run begins like what
 * the user wants run, so an answer covers this one call unless the user chooses otherwise.
 */
export function runWidths(words: readonly string[], tainted: boolean): Widths {
  const [program = "", first, second] = words;
  const { risk } = commandRisk(words);
  const exact = EXACT + words.map(quoteWord).join(" ");
  const plain = (word: string | undefined) => word !== undefined && /^[a-z][\w:.-]*$/i.test(word);
  const kind = !plain(first)
    ? null
    : first === "run" && plain(second)
    ? `${quoteWord(program)} ${first} ${second}`
    : `${quoteWord(program)} ${first}`;
  const whole = quoteWord(program);
  const row = programRow(program);
  const worstRisk = row ? worst(row).risk : risk;
  const width = (value: string, covers: string, its: Risk): GrantWidth => ({
    value,
    covers,
    risk: its,
    command: grantCommand("run", value, lastingFor(its)),
  });
  const widths = [
    // Words that the grammar of rules cannot carry have no exact rule.
    ...(grantCovers(exact, words) ? [width(exact, "this exact call", risk)] : []),
    ...(kind !== null && coversWords(kind, words)
      ? [width(kind, `every call that begins with ${kind}`, worstOf(kind.split(" "), risk))]
      : []),
    ...(coversWords(whole, words) ? [width(whole, `every call of ${whole}`, worstRisk)] : []),
  ];
  const mustBeNamed = tainted || row?.runsOthers === true || row?.changes !== undefined ||
    risk === "critical";
  const usual = widths.find(({ value }) => !value.startsWith(EXACT));
  const value = (mustBeNamed ? widths[0] : usual ?? widths[0])?.value ?? exact;
  return { value, widths };
}

/** The worst of the calls that begin with these words, as far as the table says. */
function worstOf(words: readonly string[], known: Risk): Risk {
  const row = programRow(words[0] ?? "");
  if (!row) return known;
  return worst(row, words.slice(1)).risk;
}

/** Widths of a path outside the workspace: itself, and its folder where that may be granted. */
export function pathWidths(
  kind: "read" | "write",
  path: string,
  state: Pick<PolicyState, "home" | "dataDir" | "others" | "selfPaths" | "osHome" | "workspace">,
): Widths {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  const own = [state.home, state.dataDir, ...state.others];
  const isWide = folder === "/" || within(folder, state.osHome) || folder.lastIndexOf("/") === 0 ||
    [...own, ...(kind === "write" ? state.selfPaths : [])]
      .some((one) => within(folder, one) || within(one, folder)) ||
    (kind === "write" && isSystemPath(folder));
  const { risk } = pathRisk(kind, path, "outside");
  const width = (value: string, covers: string): GrantWidth => ({
    value,
    covers,
    risk,
    command: grantCommand(kind as PermissionKind, value, lastingFor(risk)),
  });
  return {
    value: path,
    widths: [
      width(path, "this path"),
      ...(isWide ? [] : [width(folder, "its folder and all below")]),
    ],
  };
}
