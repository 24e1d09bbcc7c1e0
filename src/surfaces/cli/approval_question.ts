/** The text of an approval: everything shown is what will happen, with nothing hidden. */
import type { Approver } from "../../kernel/ports.ts";
import type {
  ApprovalAnswer,
  GrantRequest,
  GrantWidth,
  Risk,
} from "../../model/cells/permission.ts";
import { lookalike } from "./lookalikes.ts";
import { type Output, paint, type Tone } from "./output.ts";
import { revealHidden } from "./sanitize_terminal.ts";

type Request = Parameters<Approver["ask"]>[0];

const RISK_TONES: Readonly<Record<Risk, Tone>> = {
  low: "dim",
  medium: "yellow",
  high: "red",
  critical: "red",
};

/** The width that an answer has unless another is chosen. */
export function usualWidth({ value, risk, command, widths = [] }: GrantRequest): GrantWidth {
  return widths.find((one) => one.value === value) ?? { value, covers: "", risk, command };
}

/** The next wider or narrower one; null: there is none. */
export function widthBeside(
  { onceOnly, widths = [] }: GrantRequest,
  width: GrantWidth,
  which: "wider" | "narrower",
): GrantWidth | null {
  if (onceOnly) return null;
  const at = widths.findIndex(({ value }) => value === width.value);
  return at < 0 ? null : widths[at + (which === "wider" ? 1 : -1)] ?? null;
}

/** The whole question, with the keys that answer it. */
export function question(request: Request, width: GrantWidth, output: Output): string {
  return ["", ...askedRows(request, width, output), choices(request, width)].join("\n");
}

/** The question where it is answered otherwise than by a key, without colours. */
export function plainQuestion(request: Request, width: GrantWidth): string {
  const plain: Output = { write: () => {}, isTerminal: false, hasColor: false };
  return askedRows(request, width, plain).join("\n");
}

function askedRows(request: Request, width: GrantWidth, output: Output): string[] {
  const { title, exact, grant, why, layer } = request;
  // Where the grant is the exact call, it stands there already.
  const isTwice = width.value.replace(/^(?:line|exact):/, "") === exact;
  const warn = (text: string) => `  ${paint(output, "red", `beware ${text}`)}`;
  return [
    `${paint(output, "bold", "Allow?")} ${inRows(title)}`,
    ...isTwice ? [] : [`  exact  ${inRows(exact)}`],
    whatRows(grant, width, output),
    `  why    ${inRows(why, true)}`,
    `  touch  ${inRows(grant.touches, true)}`,
    `  layer  ${revealHidden(layer)}`,
    ...warnings(exact).map(warn),
  ];
}

/** What an answer would cover, how bad that can be, and the command for it. */
export function whatRows(grant: GrantRequest, width: GrantWidth, output: Output): string {
  const covers = width.covers === "" ? "" : `: ${width.covers}`;
  return [
    `  what   ${inRows(`${grant.permission} ${width.value} (${grant.compartment})${covers}`)}`,
    `  risk   ${paint(output, RISK_TONES[width.risk], width.risk)}`,
    // A command that long is not for pasting.
    ...width.command === "" || width.command.length > LONG
      ? []
      : [`  or run ${inRows(width.command)}`],
  ].join("\n");
}

/** The keys that count now. */
export function choices({ grant, lasting }: Request, width: GrantWidth): string {
  if (grant.onceOnly) return "[o]nce  [d]eny ";
  return [
    "[o]nce",
    "[s]ession",
    ...lasting ? ["[a]lways"] : [],
    "[l]ease",
    ...widthBeside(grant, width, "wider") ? ["[w]ider"] : [],
    ...widthBeside(grant, width, "narrower") ? ["[n]arrower"] : [],
    "[d]eny ",
  ].join("  ");
}

/** What was answered, for the person who did. */
export function answerWords(answer: ApprovalAnswer): string {
  if (answer.type === "deny") return answer.late ? "denied: no answer in time" : "denied";
  const { scope, uses } = answer;
  const often = uses === undefined ? "" : `, ${uses} ${uses === 1 ? "use" : "uses"}`;
  if (typeof scope === "object") return `allowed for ${timeText(scope.forMs)}${often}`;
  return {
    once: "allowed once",
    session: "allowed for this session",
    always: "allowed always",
  }[scope] + often;
}

/** A time in its largest whole unit: `2h`, `90m`. */
export function timeText(ms: number): string {
  const units = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "m"]] as const;
  const [size, name] = units.find(([size]) => ms % size === 0) ?? [1000, "s"];
  return `${Math.ceil(ms / size)}${name}`;
}

/** Characters from which on the beginning of a question may have left the screen. */
const LONG = 1_000;

/** What a person should know of a text before they agree to it. */
export function warnings(exact: string): string[] {
  const found: string[] = [];
  const hidden = [...exact].filter((char) => revealHidden(char) !== char).length;
  if (hidden > 0) {
    found.push(
      `${hidden} hidden character${
        hidden === 1 ? "" : "s"
      }, shown as escapes; a backslash is shown as two`,
    );
  }
  const letter = lookalike(exact);
  if (letter) {
    const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    found.push(`letters that look like others: "${revealHidden(letter)}" is U+${code}`);
  }
  if (exact.length > LONG) found.push(`${exact.length} characters: scroll up to see them all`);
  return found;
}

/** Columns of a row; with what stands before it, it fits into 80. */
const ROW_COLUMNS = 66;
/** Longest word that goes to the next row whole. */
const WORD_COLUMNS = 20;

/**
 * A text with everything hidden shown, in rows that the terminal does not break by itself and that
 * each begin with a bar but the first: with spaces in the right places a long value would else draw
 * another question below this one.
 *
 * @param isProse A row ends after a word where one ends near its end. @default false
 */
function inRows(text: string, isProse = false): string {
  const rows: string[] = [];
  let row = "";
  let columns = 0;
  for (const char of shownWhole(text)) {
    const width = columnsOf(char);
    if (columns + width > ROW_COLUMNS) {
      const end = isProse ? row.lastIndexOf(" ") + 1 : 0;
      const rest = end > row.length - WORD_COLUMNS && end > 0 ? row.slice(end) : "";
      rows.push(row.slice(0, row.length - rest.length));
      row = rest;
      columns = columnsOf(rest);
    }
    row += char;
    columns += width;
  }
  return [...rows, row].join("\n       | ");
}

/** Columns of a text; whatever is not ASCII may be two wide. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, char) => sum + (char.length === 1 && char < "\x7f" ? 1 : 2), 0);
}

/**
 * A text with nothing hidden. Where there are escapes, a backslash of the text itself is doubled, so
 * that no two texts look the same.
 */
export function shownWhole(text: string): string {
  const revealed = revealHidden(text);
  return revealed === text ? text : revealHidden(text.replaceAll("\\", "\\\\"));
}
