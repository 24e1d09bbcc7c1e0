/**
 * What a model is sent of a session: a summary of what no longer fits, whole earlier turns, the
 * current turn. Between two summaries the beginning stays the same, object by object, so that the
 * wire and the service's prompt cache need only what is new.
 *
 * What is cut here was redacted before: of a value that is cut first the rest looks like nothing.
 */
import type { Message } from "../../model/conversation/message.ts";
import type { LoadedSession, SessionSummary } from "../../model/conversation/session.ts";
import { type Redaction, UNREDACTED } from "../redaction/with_redaction.ts";
import { cutToTokens, estimateMessage } from "./estimate.ts";
import { fitMessages, turnsToLeaveOut } from "./fit.ts";
import type { Quotas } from "./quotas.ts";
import { NOTE_TOKENS, withNote } from "./summary.ts";

/** The window of one turn. */
export class ContextWindow {
  readonly #redaction: Redaction;
  /** What follows the summary, redacted; some of it may be shortened. */
  #messages: readonly Message[];
  #summary: SessionSummary | null;
  /** Messages of the session before `#messages`. */
  #before: number;
  #noted: { readonly of: Message | null; readonly text: string; message: Message } | null = null;

  /** Takes over what was loaded. */
  constructor(
    { session, summary, messages }: LoadedSession,
    redaction: Redaction = UNREDACTED,
  ) {
    this.#redaction = redaction;
    this.#messages = redaction.messages(messages);
    this.#summary = summary ?? null;
    this.#before = session.messageCount - messages.length;
  }

  /** The summary in force, as it is stored. */
  get summary(): SessionSummary | null {
    return this.#summary;
  }

  /** Adds what was said since. */
  add(messages: readonly Message[]): void {
    this.#messages = [...this.#messages, ...this.#redaction.messages(messages)];
  }

  /** Whole turns that no longer fit, oldest first; empty when all do. */
  overdue(quotas: Quotas): readonly Message[] {
    return this.#messages.slice(0, turnsToLeaveOut(this.#messages, quotas));
  }

  /** How many messages of the session a summary of those stands for. */
  coveredBy(messages: readonly Message[]): number {
    return this.#before + messages.length;
  }

  /** Leaves out what a summary now stands for. */
  slide(summary: SessionSummary): void {
    this.#messages = this.#messages.slice(summary.covered - this.#before);
    this.#before = summary.covered;
    this.#summary = summary;
  }

  /** The messages of the next request. */
  request(quotas: Quotas): readonly Message[] {
    if (this.#summary === null) {
      this.#messages = fitMessages(this.#messages, quotas.messages);
      return this.#messages;
    }
    const [first] = this.#messages;
    const asked = first?.role === "user" ? first : null;
    const noted = this.#withNote(this.#summary, asked, quotas);
    const note = estimateMessage(noted) - (asked === null ? 0 : estimateMessage(asked));
    this.#messages = fitMessages(this.#messages, quotas.messages - note);
    return [noted, ...asked === null ? this.#messages : this.#messages.slice(1)];
  }

  #withNote(
    summary: SessionSummary,
    asked: Extract<Message, { role: "user" }> | null,
    quotas: Quotas,
  ): Message {
    const hidden = this.#redaction.text(summary.text);
    const text = cutToTokens(hidden, Math.max(0, quotas.summary - NOTE_TOKENS));
    if (this.#noted?.of !== asked || this.#noted.text !== text) {
      const message = withNote({ ...summary, text }, asked);
      this.#noted = { of: asked, text, message };
    }
    return this.#noted.message;
  }
}
