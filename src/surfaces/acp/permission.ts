/**
 * Approvals in an editor. What counts is the id of an option that this very question offered; what
 * a title, a name or a kind says decides nothing, and every other answer is a no.
 */
import type { Approver, Clock } from "../../kernel/ports.ts";
import type { ApprovalAnswer } from "../../model/cells/permission.ts";
import { usualWidth } from "../cli/approval_question.ts";
import { revealHidden } from "../cli/sanitize_terminal.ts";
import type { PermissionOption, ToolCallContent } from "./protocol.ts";
import { verbatim } from "./tool_shapes.ts";

type Request = Parameters<Approver["ask"]>[0];

/** A question as it goes to the editor. */
export interface PermissionQuestion {
  readonly callId: string;
  readonly title: string;
  readonly content: readonly ToolCallContent[];
  readonly options: readonly PermissionOption[];
}

/** What {@linkcode createEditorApprover} needs. */
export interface PermissionParts {
  readonly clock: Clock;
  /** 0 waits until answered. */
  readonly timeoutMs: number;
  /**
   * Asks. An abort takes the question back.
   *
   * @returns Id of the chosen option; null: none.
   */
  ask(question: PermissionQuestion, signal: AbortSignal): Promise<string | null>;
  /** Tells of an answer that counted for nothing. */
  onUnknown(id: string): void;
}

const DENIED: ApprovalAnswer = { type: "deny" };

/** Builds the approver of one session; it asks one question at a time. */
export function createEditorApprover(parts: PermissionParts): Approver {
  let turn: Promise<unknown> = Promise.resolve();
  const ask: Approver["ask"] = async (request, signal) => {
    if (signal.aborted) return DENIED;
    const answers = answersTo(request);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    let late = false;
    if (parts.timeoutMs > 0) {
      parts.clock.delay(parts.timeoutMs, both).then(() => {
        late = true;
        stop.abort();
      }, () => {});
    }
    try {
      const chosen = await parts.ask(questionOf(request, answers), both);
      if (chosen === null || signal.aborted) return DENIED;
      const answer = answers.get(chosen)?.answer;
      if (!answer) parts.onUnknown(chosen);
      return answer ?? DENIED;
    } catch {
      return late ? { type: "deny", late } : DENIED;
    } finally {
      stop.abort();
    }
  };
  return {
    available: true,
    ask(request, signal) {
      const answer = turn.then(() => ask(request, signal));
      turn = answer.catch(() => {});
      return answer;
    },
  };
}

interface Offered {
  readonly option: PermissionOption;
  readonly answer: ApprovalAnswer;
}

/** What may be answered, by id. */
function answersTo({ grant, lasting }: Request): Map<string, Offered> {
  const { value, covers } = usualWidth(grant);
  const what = covers === "" ? "" : `: ${revealHidden(covers)}`;
  const offers: Offered[] = [
    {
      option: { optionId: "once", name: `Allow once${what}`, kind: "allow_once" },
      answer: { type: "allow", scope: "once", value },
    },
  ];
  if (!grant.onceOnly) {
    offers.push({
      option: { optionId: "session", name: `Allow in this session${what}`, kind: "allow_always" },
      answer: { type: "allow", scope: "session", value },
    });
    if (lasting) {
      offers.push({
        option: { optionId: "always", name: `Always allow${what}`, kind: "allow_always" },
        answer: { type: "allow", scope: "always", value },
      });
    }
  }
  offers.push({ option: { optionId: "deny", name: "Deny", kind: "reject_once" }, answer: DENIED });
  return new Map(offers.map((offer) => [offer.option.optionId, offer]));
}

function questionOf(
  { callId, title, exact, grant, why, layer }: Request,
  answers: ReadonlyMap<string, Offered>,
): PermissionQuestion {
  const width = usualWidth(grant);
  const rows = [
    `what: ${grant.permission} ${width.value} (${grant.compartment})`,
    `risk: ${width.risk}`,
    `why: ${why}`,
    `touches: ${grant.touches}`,
    `layer: ${layer}`,
    ...width.command === "" ? [] : [`or run: ${width.command}`],
  ];
  return {
    callId,
    title: revealHidden(title),
    content: [
      verbatim(exact.split("\n").map(revealHidden).join("\n")),
      verbatim(rows.map(revealHidden).join("\n")),
    ],
    options: [...answers.values()].map(({ option }) => option),
  };
}

/** What the editor shows of a question that it answered with something else. */
export function unknownAnswer(id: string): string {
  return `The editor answered with an option that was not offered (${
    revealHidden(id.slice(0, 60))
  }); taken as a no`;
}
