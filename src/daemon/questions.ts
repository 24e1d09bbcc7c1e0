/** Approvals by buttons in a chat. A question that is stored and not settled is void after a start. */
import {
  type Asked,
  type ButtonAnswer,
  readButton,
  type Settled,
} from "../kernel/channels/answers.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { Approver, Clock, Random } from "../kernel/ports.ts";
import type { ApprovalAnswer, GrantRequest } from "../model/cells/permission.ts";
import { type ChatPlace, type OutboundPart, placeKey } from "../model/channels/message.ts";

/** How a question looks in the form of a service. */
export interface QuestionForm {
  /** Its buttons are the answers that it has. */
  ask(question: Asked, id: string): OutboundPart;
  /** Without buttons. */
  settled(question: Asked, how: Settled): OutboundPart;
  /** Of one that a former process asked: what was sent is all that is known. */
  void(sent: OutboundPart): OutboundPart;
}

/** Where a question is asked. */
export interface QuestionPlace {
  readonly place: ChatPlace;
  readonly replyTo: string | null;
  readonly inboundId: number;
  readonly form: QuestionForm;
  /** Told before it is asked: what was shown of the answer stays above it. */
  before(): Promise<void>;
}

/** Questions that a process remembers to have asked. */
const REMEMBERED = 500;

/** A question that waits. */
export interface OpenQuestion {
  readonly id: string;
  /** Key of its place. */
  readonly place: string;
  readonly title: string;
}

/** All questions of the daemon. */
export interface Questions {
  /** Asks in a place; calls that run side by side may ask at once. */
  approver(where: QuestionPlace): Approver;
  /** Those that wait, oldest first. */
  open(): readonly OpenQuestion[];
  /** Answers one. @returns Whether it waited, and may be answered so. */
  answer(id: string, answer: ButtonAnswer): boolean;
  /** Whether this process asked it, as far as it remembers. */
  isOwn(id: string): boolean;
  /**
   * Settles those of a former process. One that may not have arrived is not sent once more to say
   * that it is over: whoever presses a button of it is told.
   */
  settleOld(formOf: (channel: string) => QuestionForm | null): Promise<void>;
}

/**
 * Builds it.
 *
 * @param parts.timeoutMs Longest wait for an answer; 0: without end.
 * @param parts.wake Told when something waits to be sent by a bot.
 */
export function createQuestions(parts: {
  readonly mailbox: Pick<
    Mailbox,
    "putOutbound" | "changeOutbound" | "openQuestions" | "giveUpOutbound"
  >;
  readonly clock: Clock;
  readonly random: Pick<Random, "id">;
  timeoutMs(): number;
  wake(channel: string): void;
}): Questions {
  const { mailbox, clock, random } = parts;
  const waiting = new Map<
    string,
    OpenQuestion & { answers: ReadonlySet<ButtonAnswer>; settle(how: Settled): void }
  >();

  /** Oldest first. */
  const own: string[] = [];

  const ask = async (
    where: QuestionPlace,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer> => {
    if (signal.aborted) return { type: "deny" };
    const { place, replyTo, inboundId, form } = where;
    const id = random.id();
    own.push(id);
    if (own.length > REMEMBERED) own.shift();
    await where.before();
    const part = form.ask(asked, id);
    const buttons = (part.buttons ?? []).flat();
    const answers = new Set(buttons.flatMap(({ data }) => readButton(data)?.answer ?? []));
    const row = await mailbox.putOutbound({ kind: "question", place, part, replyTo, inboundId });
    const { promise, resolve } = Promise.withResolvers<Settled>();
    waiting.set(id, { id, place: placeKey(place), title: asked.title, answers, settle: resolve });
    parts.wake(place.channel);
    const done = new AbortController();
    const stop = () => resolve("stopped");
    signal.addEventListener("abort", stop, { once: true, signal: done.signal });
    if (signal.aborted) stop();
    const limit = parts.timeoutMs();
    if (limit > 0) clock.delay(limit, done.signal).then(() => resolve("late"), () => {});
    try {
      const how = await promise;
      await mailbox.changeOutbound({ id: row, kind: "plain", part: form.settled(asked, how) });
      parts.wake(place.channel);
      return answerOf(how, asked.grant);
    } finally {
      done.abort();
      waiting.delete(id);
    }
  };

  return {
    approver: (where) => ({
      available: true,
      ask: (request, signal) => ask(where, request, signal),
    }),
    open: () => [...waiting.values()].map(({ id, place, title }) => ({ id, place, title })),
    answer(id, answer) {
      const question = waiting.get(id);
      if (!question?.answers.has(answer)) return false;
      waiting.delete(id);
      question.settle(answer);
      return true;
    },
    isOwn: (id) => own.includes(id),
    async settleOld(formOf) {
      for (const row of await mailbox.openQuestions()) {
        const form = formOf(row.place.channel);
        const { id, messageId } = row;
        if (form === null || messageId === null) {
          await mailbox.giveUpOutbound({ id, why: "nobody can answer it any more" });
        } else {
          await mailbox.changeOutbound({ id, kind: "plain", part: form.void(row.part) });
        }
      }
    },
  };
}

function answerOf(how: Settled, { value }: GrantRequest): ApprovalAnswer {
  if (how === "once" || how === "session" || how === "always") {
    return { type: "allow", scope: how, value };
  }
  return how === "late" ? { type: "deny", late: true } : { type: "deny" };
}
