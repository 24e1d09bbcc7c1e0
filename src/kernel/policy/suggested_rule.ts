import { coversWords } from "../commands/rules.ts";
import { commandRisk, programRow } from "../risk/command_risk.ts";
import { quoteWord } from "./grant_command.ts";

/**
 * The prefix rule that one answer should cover: the program and its subcommand, so that the next
 * call of the same kind does not ask again; for what runs other programs, changes files or is
 * critical as much as names what it does.
 */
export function suggestedRule(words: readonly string[]): string {
  const short = shortRule(words);
  // A rule of the default list does not cover options that start programs or write: name them.
  return coversWords(short, words) ? short : words.map(quoteWord).join(" ");
}

function shortRule(words: readonly string[]): string {
  const [program = "", first, second] = words;
  const plain = (word: string | undefined) => word !== undefined && /^[a-z][\w:.-]*$/i.test(word);
  if (mustBeNamed(words)) return words.slice(0, 6).map(quoteWord).join(" ");
  if (!plain(first)) return quoteWord(program);
  if (first === "run" && plain(second)) return `${program} ${first} ${second}`;
  return `${quoteWord(program)} ${first}`;
}

/** Whether an answer to this call must not be one to others of the same program. */
function mustBeNamed(words: readonly string[]): boolean {
  const row = programRow(words[0] ?? "");
  return row?.runsOthers === true || row?.changes !== undefined ||
    commandRisk(words).risk === "critical";
}
