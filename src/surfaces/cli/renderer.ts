/**
 * A turn for people: the answer on stdout and nothing else there; what tools do on stderr.
 *
 * A terminal gets the answer as it comes. Anything else gets it once it is whole: text that a
 * model writes before its tool calls is no answer, and goes to stderr; nor does a file ever hold
 * an answer that was cut.
 */
import { assertNever } from "../../base/app_error.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import type { RouteDecision } from "../../model/services/route.ts";
import type { TurnOutcome } from "../../model/conversation/session.ts";
import { cutToWidth, hangRows, textWidth } from "../../base/text_width.ts";
import { type Output, paint } from "./output.ts";
import {
  createTerminalSanitizer,
  revealHidden,
  safeJson,
  sanitizeTerminal,
} from "./sanitize_terminal.ts";

/** Takes the events of turns, one after the other. */
export type TurnRenderer = (event: TurnEvent) => void;

/** Lines of a diff that are shown. */
const MAX_DIFF_LINES = 40;

/** The answer's text on its way to stdout. */
export interface AnswerStream {
  /** What can be printed now. */
  push(text: string): string;
  /** What is left; the stream is fresh again. */
  end(): string;
  /** Somebody else has ended the row on the screen. */
  broken?(): void;
}

/**
 * Renders for people.
 *
 * @param outputs stdout and stderr.
 * @param options `quiet`: nothing on stderr but why a turn did not complete. `stream`: how the
 * answer looks; as it is but for control characters if left out. `columns`: of the screen that
 * stderr is on; no line runs over its end, so that nothing in one looks like a line of its own.
 */
export function createTurnRenderer(
  outputs: { readonly stdout: Output; readonly stderr: Output },
  options: {
    readonly quiet: boolean;
    /** Show how models are chosen. @default {false} */
    readonly explainRoute?: boolean | undefined;
    readonly stream?: AnswerStream | undefined;
    columns?(): number;
  },
): TurnRenderer {
  const { stdout, stderr } = outputs;
  const sanitizer: AnswerStream = options.stream ?? createTerminalSanitizer();
  const streams = stdout.isTerminal;
  const columns = () => options.columns ? Math.max(20, options.columns() - 1) : Infinity;
  let claims: readonly string[] = [];
  let held = "";
  /** The answer's last line is open, so that the next line of stderr must not join it. */
  let isLineOpen = false;
  /** The model call under way has written text. */
  let hasText = false;
  /** Call whose line stands open at the end of stderr. */
  let openCall: string | null = null;

  const answer = (text: string) => {
    if (text === "") return;
    closeCall();
    stdout.write(text);
    isLineOpen = !text.endsWith("\n");
  };
  const closeAnswer = () => {
    if (isLineOpen) {
      stdout.write("\n");
      sanitizer.broken?.();
    }
    isLineOpen = false;
  };
  const closeCall = () => {
    if (openCall !== null) stderr.write("\n");
    openCall = null;
  };
  const rows = (text: string) => hangRows(text, columns());
  /** The result gets a third of the row at least. */
  const callTitle = (title: string) =>
    cutToWidth(oneLine(title), Math.floor(columns() * 2 / 3) - 5);
  const note = (text: string) => {
    closeAnswer();
    closeCall();
    stderr.write(text + "\n");
  };
  /** After the answer, also when only that is wanted: it is about the answer. */
  const sayUnproven = () => {
    for (const claim of claims) {
      note(paint(stderr, "yellow", rows(`! Claimed but not in the audit log: ${oneLine(claim)}`)));
    }
    claims = [];
  };
  /** Text that turned out not to be the answer. */
  const sideText = () => {
    held += sanitizer.end();
    if (streams) {
      answer(held);
      closeAnswer();
    } else if (held.trim() !== "" && !options.quiet) note(paint(stderr, "dim", held.trimEnd()));
    held = "";
  };

  return (event) => {
    switch (event.type) {
      case "text":
        hasText = true;
        if (streams) answer(sanitizer.push(event.text));
        else held += sanitizer.push(event.text);
        return;
      case "model_call":
        sideText();
        hasText = false;
        return;
      case "tool_planned":
        return;
      case "tool_started":
        sideText();
        hasText = false;
        if (options.quiet || !stderr.isTerminal || openCall !== null) return;
        closeAnswer();
        stderr.write(`${paint(stderr, "dim", "•")} ${callTitle(event.title)} …`);
        openCall = event.callId;
        return;
      case "tool_finished": {
        if (options.quiet) return;
        const title = callTitle(event.title);
        const words = withoutTitle(event.summary, event.title);
        const shown = cutToWidth(
          event.ok ? oneLine(words || "done") : `✗ ${oneLine(words || "failed")}`,
          columns() - textWidth(title) - 5,
        );
        const summary = event.ok ? shown : paint(stderr, "red", shown);
        if (openCall === event.callId) {
          stderr.write(` ${summary}\n`);
          openCall = null;
        } else note(`${paint(stderr, "dim", "•")} ${title} … ${summary}`);
        if (event.wayOut) note(paint(stderr, "yellow", rows(`  → ${oneLine(event.wayOut)}`)));
        if (event.diff && stderr.isTerminal) note(renderDiff(stderr, event.diff, columns()));
        return;
      }
      case "retry": {
        if (options.quiet) return;
        const seconds = Math.ceil(event.waitMs / 1000);
        return note(
          paint(stderr, "yellow", rows(`↻ ${oneLine(event.reason)}, again in ${seconds} s`)),
        );
      }
      case "notice":
        if (!options.quiet) note(paint(stderr, "yellow", rows(`! ${oneLine(event.text)}`)));
        return;
      case "agent": {
        if (options.quiet) return;
        note(paint(stderr, "dim", rows(`  ${event.name}: ${oneLine(event.text)}`)));
        if (event.diff && stderr.isTerminal) note(renderDiff(stderr, event.diff, columns()));
        return;
      }
      case "answering": {
        if (options.quiet || !event.isOther) return;
        const who = event.provider === "builtin"
          ? "the built-in assistant, which is no language model,"
          : `${event.provider} ${event.model}`;
        return note(paint(stderr, "dim", rows(`· ${oneLine(who)} answers`)));
      }
      case "route":
        if (options.explainRoute) note(paint(stderr, "dim", rows(routeText(event.decision))));
        return;
      case "usage":
        return;
      case "unproven":
        claims = [...claims, ...event.claims];
        return;
      case "ended":
        if (event.outcome === "complete") {
          answer(held + sanitizer.end());
          held = "";
          hasText = false;
          closeAnswer();
          closeCall();
          sayUnproven();
          return;
        }
        sayUnproven();
        {
          const isCut = hasText && (streams || !options.quiet);
          sideText();
          if (isCut) note(paint(stderr, "red", "✗ The text above is incomplete"));
          hasText = false;
        }
        return note(paint(stderr, "red", rows(`✗ ${outcomeText(event.outcome, event.reason)}`)));
      default:
        return assertNever(event);
    }
  };
}

/** A choice in a line: `route: fast (lab/small), a greeting; …`. */
function routeText(decision: RouteDecision): string {
  const { tier, model, reason, features, scores, iteration } = decision;
  const { uncertaintyThreshold, smartThreshold } = decision;
  return oneLine(
    `route${iteration === 0 ? "" : ` after ${iteration} rounds`}: ${tier} (${model}), ${reason}; ` +
      `risk ${scores.risk}, uncertainty ${scores.uncertainty} of ${uncertaintyThreshold}, ` +
      `total ${scores.total} of ${smartThreshold}, complexity ${scores.complexity}; ` +
      `seen: ${features.join(", ") || "nothing"}`,
  );
}

/** What a summary adds to its title: `run ls: exit code 2`, `list src: 2 entries`, `run ls`. */
function withoutTitle(summary: string, title: string): string {
  if (summary === title) return "";
  const subject = title.slice(title.indexOf(" ") + 1);
  const known = [title, subject].find((text) => summary.startsWith(`${text}: `));
  return known === undefined ? summary : summary.slice(known.length + 2);
}

/** Renders for programs: one JSON object a line on stdout, for every event but whole texts. */
export function createJsonRenderer(stdout: Output): TurnRenderer {
  return (event) => {
    if (event.type === "tool_planned") return;
    const shown = event.type === "tool_finished"
      ? { ...event, change: undefined, text: undefined }
      : event;
    stdout.write(safeJson(shown) + "\n");
  };
}

/** How a turn ended, in words: `Stopped: …`. */
export function outcomeText(outcome: TurnOutcome, reason: string | null): string {
  const words: Record<TurnOutcome, string> = {
    complete: "Complete",
    failed: "Failed",
    stopped: "Stopped",
    capped: "Stopped at a limit",
    stalled: "Stopped",
  };
  return reason === null ? words[outcome] : `${words[outcome]}: ${oneLine(reason)}`;
}

/** Exit code of a turn: 0 complete, 130 stopped by the user, 1 everything else. */
export function exitCodeOf(outcome: TurnOutcome): 0 | 1 | 130 {
  return outcome === "complete" ? 0 : outcome === "stopped" ? 130 : 1;
}

/** A title or summary as one line in which nothing hides. */
function oneLine(text: string): string {
  return revealHidden(text.trim());
}

function renderDiff(output: Output, diff: string, columns: number): string {
  const lines = sanitizeTerminal(diff).trimEnd().split("\n");
  const shown = lines.slice(0, MAX_DIFF_LINES).map((whole) => {
    const line = cutToWidth(whole.replaceAll("\t", "    "), columns - 2);
    if (/^(\+\+\+|---|@@)/.test(line)) return paint(output, "dim", line);
    if (line.startsWith("+")) return paint(output, "green", line);
    return line.startsWith("-") ? paint(output, "red", line) : line;
  });
  const left = lines.length - shown.length;
  if (left > 0) shown.push(paint(output, "dim", `… ${left} more lines`));
  return shown.map((line) => `  ${line}`).join("\n");
}
