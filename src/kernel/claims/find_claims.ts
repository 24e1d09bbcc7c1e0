/** Finds what an answer says was done. Pure. */
import { type ClaimKind, CLAIMS, FILE_NAME, NO_CLAIM, NO_FILES } from "./claim_table.ts";

/** Something that an answer says was done. */
export interface Claim {
  readonly kind: ClaimKind;
  /** The words, on one line, at most {@linkcode LONGEST}. */
  readonly text: string;
  /** The file, or the program of the command, that it names; null: none. */
  readonly subject: string | null;
}

/** Longest words that are shown, characters. */
const LONGEST = 100;
/** Most claims of one answer; whoever says so much more is not helped by a longer list. */
const MOST = 8;
/** Longest answer that is looked through, characters. */
const LONGEST_ANSWER = 50_000;

const ADVERBS = "(?: (?:also|just|now|then|already|successfully|even|therefore|subsequently))*";
/** Who did it: the model itself, or an agent that it gave the task to. */
const WHO =
  "(?:I|[Ss]ub[- ]?agents?(?: \\d+)?|[Aa]gent (?:\\d+|codex|claude|gemini|copilot|aider))";
/** Each row begins with it: most sentences are none, and need no other look. */
const SOMEBODY = new RegExp(`\\b${WHO}`);
const ROWS = CLAIMS.map((row) => ({
  ...row,
  pattern: new RegExp(
    // A second verb may follow: "I created a.txt and updated b.txt".
    `\\b${WHO}(?:['’]ve| ha(?:ve|s))?${ADVERBS} ` +
      `(?:[\\w-]+(?: [^\\s.]+){0,6}? ?,? and )?(?:${row.verbs}) `,
    "g",
  ),
}));

/** Claims in the order of the table, each words once. */
export function findClaims(answer: string): Claim[] {
  const found = new Map<string, Claim>();
  for (const sentence of sentences(answer.slice(0, LONGEST_ANSWER))) {
    if (!SOMEBODY.test(sentence)) continue;
    if (NO_CLAIM.test(sentence.replace(/`[^`]*`|"[^"]*"/g, "_"))) continue;
    for (const { kind, pattern, object } of ROWS) {
      for (const match of sentence.matchAll(pattern)) {
        const rest = sentence.slice(
          match.index + match[0].length,
          match.index + match[0].length + 120,
        );
        const named = object.exec(rest);
        if (!named) continue;
        const subject = subjectOf(kind, rest);
        if (kind === "file" && object === FILE_NAME && subject === null) continue;
        const text = sentence.slice(match.index).trim();
        const shown = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
        const isKnown = [...found.values()].some((one) => one.text === shown && one.kind !== kind);
        if (!isKnown) found.set(`${kind} ${shown}`, { kind, text: shown, subject });
        if (found.size === MOST) return [...found.values()];
      }
    }
  }
  return [...found.values()];
}

function subjectOf(kind: ClaimKind, rest: string): string | null {
  if (kind === "file") {
    const match = FILE_NAME.exec(rest);
    const name = match?.[1] ?? match?.[2] ?? null;
    if (name === null || NO_FILES.test(name) || /:\/\//.test(name)) return null;
    return name.replace(/(?<!\/)\/+$/, "").replace(/^.*\//, "");
  }
  if (kind === "command") return /^`\s*([^\s`]+)/.exec(rest)?.[1]?.replace(/^.*\//, "") ?? null;
  return null;
}

/** Prose by sentences; code, quotations and headings are nobody's word. */
function sentences(answer: string): string[] {
  return answer
    .replace(/^(```|~~~)[^]*?(?:^\1|(?![^]))/gm, "\n")
    .split("\n")
    .filter((line) => !/^\s*(?:>|#|\|)/.test(line))
    // Lines of a paragraph belong together, list items do not.
    .join("\n").split(/\n\s*\n|\n(?=\s*(?:[-*+•]|\d+[.)])\s)/)
    .flatMap((part) => part.replace(/\s+/g, " ").split(/(?<=[.!?]) (?=[A-Z"“(*✅-])/));
}
