/**
 * Approvals by one key in a terminal. Everything shown is what will happen, with hidden characters
 * as escapes; only a key that is pressed after the question stands there counts, so that neither
 * typed-ahead nor pasted text approves anything. Every way out but o, s and a is a no.
 */
import type { Approver, Clock } from "../../kernel/ports.ts";
import type { ApprovalAnswer, Risk } from "../../model/cells/permission.ts";
import type { KeyInput } from "./key_input.ts";
import { lookalike } from "./lookalikes.ts";
import { type Output, paint, type Tone } from "./output.ts";
import { revealHidden } from "./sanitize_terminal.ts";

const ANSWERS: Readonly<Record<string, ApprovalAnswer>> = {
  o: "once",
  s: "session",
  a: "always",
  d: "deny",
  "\x1b": "deny",
  // Ctrl-C, Ctrl-D and Ctrl-\ are bytes while keys come one by one.
  "\x03": "deny",
  "\x04": "deny",
  "\x1c": "deny",
};

/** Bracketed paste (xterm's ctlseqs, mode 2004): the terminal then marks what was pasted. */
export const PASTE_ON = "\x1b[?2004h";
/** What was pasted looks typed again. */
export const PASTE_OFF = "\x1b[?2004l";

const RISK_TONES: Readonly<Record<Risk, Tone>> = {
  low: "dim",
  medium: "yellow",
  high: "red",
  critical: "red",
};

/**
 * Builds the approver of a terminal.
 *
 * @param parts `keys`: the shared reader of stdin. `stderr`: where the question stands.
 * `timeoutMs`: 0 waits until answered. `onInterrupt`: called for a Ctrl-C, after the denial.
 */
export function createTerminalApprover(parts: {
  readonly keys: KeyInput;
  readonly stderr: Output;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly onInterrupt?: (() => void) | undefined;
  /**
   * Who switches the marks of pastes: this question, whoever else asks for lines, or nobody in a
   * terminal that knows no sequences. @default {"question"}
   */
  readonly pasteMarks?: "question" | "kept" | "none" | undefined;
}): Approver {
  const { keys, stderr, clock, pasteMarks: marks = "question" } = parts;
  const isAvailable = keys.isTerminal && stderr.isTerminal;
  /** Calls that run side by side ask one after the other. */
  let turn: Promise<unknown> = Promise.resolve();

  const ask: Approver["ask"] = async (request, signal) => {
    if (!isAvailable || signal.aborted) return "deny";
    const { grant } = request;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    let timedOut = false;
    const answer = await keys.withRawKeys(async (): Promise<ApprovalAnswer> => {
      try {
        await keys.drain(both);
        stderr.write((marks === "none" ? "" : PASTE_ON) + question(request));
        if (parts.timeoutMs > 0) {
          clock.delay(parts.timeoutMs, both).then(() => {
            timedOut = true;
            stop.abort();
          }, () => {});
        }
        for (;;) {
          const wasPasting = keys.isPasting;
          const chunk = await keys.nextKeys(both);
          if (chunk === null) return "deny";
          const key = new TextDecoder().decode(chunk.bytes);
          // More than one key at once is a paste or an arrow key, not an answer.
          const isAlone = key.length === 1 && (!wasPasting || key === "\x03");
          const given = isAlone ? ANSWERS[key.toLowerCase()] : undefined;
          if (given === undefined) continue;
          keys.forgetSequence();
          if (grant.onceOnly && (given === "session" || given === "always")) continue;
          if (key === "\x03") parts.onInterrupt?.();
          return given;
        }
      } catch (error) {
        // The turn was stopped, or nobody answered in time; anything else is a fault.
        if (both.aborted) return "deny";
        throw error;
      } finally {
        stop.abort();
        if (marks === "question") stderr.write(PASTE_OFF);
      }
    });
    const words: Record<ApprovalAnswer, string> = {
      once: "allowed once",
      session: "allowed for this session",
      always: "allowed always",
      deny: timedOut ? "denied: no answer in time" : "denied",
    };
    stderr.write(`${words[answer]}\n`);
    return answer;
  };

  const question = (
    { title, exact, grant, why, layer }: Parameters<Approver["ask"]>[0],
  ): string => {
    const choice = grant.onceOnly ? "[o]nce  [d]eny" : "[o]nce  [s]ession  [a]lways  [d]eny";
    const line = grant.value.startsWith("line:");
    // A line stands in the grant word by word; a command that long is not for pasting.
    const isTwice = (line ? grant.value.slice("line:".length) : grant.value) === exact;
    const warn = (text: string) => `  ${paint(stderr, "red", `beware ${text}`)}`;
    return [
      "",
      `${paint(stderr, "bold", "Allow?")} ${inRows(title)}`,
      ...isTwice ? [] : [`  exact  ${inRows(exact)}`],
      `  what   ${inRows(`${grant.permission} ${grant.value} (${grant.compartment})`)}`,
      `  why    ${inRows(why)}`,
      `  risk   ${paint(stderr, RISK_TONES[grant.risk], grant.risk)}: ${inRows(grant.touches)}`,
      `  layer  ${revealHidden(layer)}`,
      ...grant.command.length > LONG ? [] : [`  or run ${inRows(grant.command)}`],
      ...warnings(exact).map(warn),
      `${choice} `,
    ].join("\n");
  };

  return {
    available: isAvailable,
    ask(request, signal) {
      const answer = turn.then(() => ask(request, signal));
      turn = answer.catch(() => {});
      return answer;
    },
  };
}

/** Characters from which on the beginning of a question may have left the screen. */
const LONG = 1_000;

/** What a person should know of a text before they agree to it. */
function warnings(exact: string): string[] {
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

/**
 * A text with everything hidden shown, in rows that the terminal does not break by itself and that
 * each begin with a bar but the first: with spaces in the right places a long value would else draw
 * another question below this one.
 */
function inRows(text: string): string {
  const rows: string[] = [];
  let row = "";
  let columns = 0;
  for (const char of shown(text)) {
    // Whatever is not ASCII may be two columns wide.
    const width = char.length === 1 && char < "\x7f" ? 1 : 2;
    if (columns + width > ROW_COLUMNS) {
      rows.push(row);
      row = "";
      columns = 0;
    }
    row += char;
    columns += width;
  }
  return [...rows, row].join("\n       | ");
}

/**
 * A text with nothing hidden. Where there are escapes, a backslash of the text itself is doubled, so
 * that no two texts look the same.
 */
function shown(text: string): string {
  const revealed = revealHidden(text);
  return revealed === text ? text : revealHidden(text.replaceAll("\\", "\\\\"));
}
