/** Answers to approvals by buttons of a chat. */
import type { Approver } from "../ports.ts";

/** What somebody is asked. */
export type Asked = Parameters<Approver["ask"]>[0];

/** What a button answers with. */
export const ANSWERS = ["once", "session", "always", "deny"] as const;

/** One of {@linkcode ANSWERS}. */
export type ButtonAnswer = (typeof ANSWERS)[number];

/** How a question ended. */
export type Settled = ButtonAnswer | "late" | "stopped" | "void";

/** Data of a button, and back. */
export const buttonData = (id: string, answer: ButtonAnswer): string => `a:${id}:${answer}`;

/** @returns null: it is no button of a question. */
export function readButton(data: string): { id: string; answer: ButtonAnswer } | null {
  const [, id = "", answer] = /^a:([0-9a-z]{1,40}):([a-z]{1,10})$/.exec(data) ?? [];
  const known = ANSWERS.find((one) => one === answer);
  return known ? { id, answer: known } : null;
}

/** Whether an answer is one of those that the question has. */
export function isOffered(
  { grant, lasting }: Pick<Asked, "grant" | "lasting">,
  answer: ButtonAnswer,
): boolean {
  if (answer === "session") return !grant.onceOnly;
  if (answer === "always") return !grant.onceOnly && lasting;
  return true;
}
