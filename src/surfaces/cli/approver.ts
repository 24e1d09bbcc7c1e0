/**
 * Approvals by one key in a terminal. Everything shown is what will happen, with hidden characters
 * as escapes; only a key that is pressed after the question stands there counts, so that neither
 * typed-ahead nor pasted text approves anything. Every way out but o, s, a and a lease is a no.
 */
import type { Approver, Clock } from "../../kernel/ports.ts";
import type { ApprovalAnswer } from "../../model/cells/permission.ts";
import {
  answerWords,
  choices,
  question,
  usualWidth,
  whatRows,
  widthBeside,
} from "./approval_question.ts";
import { LEASE_FORM, type LeaseText, parseLease } from "./lease_text.ts";
import type { KeyInput } from "./key_input.ts";
import type { Output } from "./output.ts";
import { revealHidden } from "./sanitize_terminal.ts";

/** What a key means; every other is no answer. */
const KEYS: Readonly<Record<string, Meaning>> = {
  o: "once",
  s: "session",
  a: "always",
  l: "lease",
  w: "wider",
  n: "narrower",
  d: "deny",
  "\x1b": "deny",
  // Ctrl-C, Ctrl-D and Ctrl-\ are bytes while keys come one by one.
  "\x03": "deny",
  "\x04": "deny",
  "\x1c": "deny",
};

type Meaning = "once" | "session" | "always" | "lease" | "wider" | "narrower" | "deny";

/** Bracketed paste (xterm's ctlseqs, mode 2004): the terminal then marks what was pasted. */
export const PASTE_ON = "\x1b[?2004h";
/** What was pasted looks typed again. */
export const PASTE_OFF = "\x1b[?2004l";

const DENIED: ApprovalAnswer = { type: "deny" };

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
    if (!isAvailable || signal.aborted) return DENIED;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    let late = false;
    const answer = await keys.withRawKeys(async (): Promise<ApprovalAnswer> => {
      try {
        await keys.drain(both);
        let width = usualWidth(request.grant);
        stderr.write((marks === "none" ? "" : PASTE_ON) + question(request, width, stderr));
        if (parts.timeoutMs > 0) {
          clock.delay(parts.timeoutMs, both).then(() => {
            late = true;
            stop.abort();
          }, () => {});
        }
        for (;;) {
          const key = await nextKey(both);
          if (key === null) return DENIED;
          const means = key === undefined ? undefined : KEYS[key.toLowerCase()];
          if (means === undefined) continue;
          keys.forgetSequence();
          if (key === "\x03") parts.onInterrupt?.();
          if (means === "deny") return DENIED;
          const { value } = width;
          if (means === "once") return { type: "allow", scope: "once", value };
          if (request.grant.onceOnly) continue;
          if (means === "always" && !request.lasting) continue;
          if (means === "lease") {
            const lease = await askLease(both);
            if (lease === "deny") return DENIED;
            if (lease) return { type: "allow", ...lease, value };
            stderr.write(choices(request, width));
          } else if (means === "wider" || means === "narrower") {
            const other = widthBeside(request.grant, width, means);
            if (!other) continue;
            width = other;
            stderr.write(`\n${whatRows(request.grant, width, stderr)}\n${choices(request, width)}`);
          } else {
            return { type: "allow", scope: means, value };
          }
        }
      } catch (error) {
        // The turn was stopped, or nobody answered in time; anything else is a fault.
        if (both.aborted) return late ? { type: "deny", late } : DENIED;
        throw error;
      } finally {
        stop.abort();
        if (marks === "question") stderr.write(PASTE_OFF);
      }
    });
    stderr.write(`${answerWords(answer)}\n`);
    return answer;
  };

  /** One key that came alone; undefined: no answer. More at once is a paste or an arrow key. */
  const nextKey = async (signal: AbortSignal): Promise<string | null | undefined> => {
    const wasPasting = keys.isPasting;
    const chunk = await keys.nextKeys(signal);
    if (chunk === null) return null;
    const key = new TextDecoder().decode(chunk.bytes);
    return key.length === 1 && (!wasPasting || key === "\x03") ? key : undefined;
  };

  /**
   * Asks for a time, a count or both; Enter alone is the usual lease, Esc goes back. Letters may
   * come in one piece, the Enter that makes it an answer comes alone.
   */
  const askLease = async (signal: AbortSignal): Promise<LeaseText | "deny" | null> => {
    stderr.write(`\n  for    ${LEASE_FORM} `);
    let typed = "";
    for (;;) {
      const wasPasting = keys.isPasting;
      const chunk = await keys.nextKeys(signal);
      const text = chunk === null ? "\x03" : new TextDecoder().decode(chunk.bytes);
      if (text === "\x03" || text === "\x04" || text === "\x1c") {
        if (text === "\x03" && chunk !== null) parts.onInterrupt?.();
        return "deny";
      }
      keys.forgetSequence();
      if (text === "\x1b") {
        stderr.write("\n");
        return null;
      }
      if (wasPasting || keys.isPasting) continue;
      if (text === "\r" || text === "\n") {
        const lease = parseLease(typed);
        if (lease) return lease;
        stderr.write(`\n  ! ${revealHidden(typed)}: allowed is ${LEASE_FORM} `);
        typed = "";
      } else if (text === "\x7f" || text === "\b") {
        if (typed !== "") stderr.write("\b \b");
        typed = typed.slice(0, -1);
      } else if (/^[a-z0-9 ,]{1,20}$/i.test(text) && typed.length < 40) {
        typed += text;
        stderr.write(text);
      }
    }
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
