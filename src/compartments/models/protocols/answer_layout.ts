/**
 * The order in which an answer came. Services that seal their reasoning want it back exactly where
 * it stood between text and calls, so its parts are kept with the layout of the whole answer.
 */
import type { Message, SealedReasoning, ToolCall } from "../../../model/conversation/message.ts";
import type { FailedCall } from "../failure.ts";

/** A part of an answer in its place. */
export type Slot =
  /** `seal`: what the service wants back with this very text or call. */
  | { readonly type: "text"; readonly text: string; readonly seal?: unknown }
  | { readonly type: "call"; readonly call: ToolCall; readonly seal?: unknown }
  /** A part of reasoning alone, as the service gave it. */
  | { readonly type: "sealed"; readonly part: unknown };

type StoredSlot =
  | { text: number; seal?: unknown }
  | { call: number; seal?: unknown }
  | { sealed: unknown };

/** Writes down the layout of an answer while it comes. */
export class AnswerLayout {
  readonly #slots: StoredSlot[] = [];
  #calls = 0;
  #isSealed = false;

  /** Text was yielded. */
  text(text: string, seal?: unknown): void {
    const last = this.#slots.at(-1);
    if (last && "text" in last && last.seal === undefined && seal === undefined) {
      last.text += text.length;
    } else this.#slots.push({ text: text.length, ...this.#sealed(seal) });
  }

  /** The next call has its place here. */
  call(seal?: unknown): void {
    this.#slots.push({ call: this.#calls++, ...this.#sealed(seal) });
  }

  /** A part of reasoning has its place here. */
  sealed(part: unknown): void {
    this.#isSealed = true;
    this.#slots.push({ sealed: part });
  }

  /** What is to be kept with the answer; null where nothing was sealed. */
  reasoning({ provider, model }: FailedCall): SealedReasoning | null {
    return this.#isSealed ? { by: sealedBy(provider, model), parts: this.#slots } : null;
  }

  #sealed(seal: unknown): { seal?: unknown } {
    if (seal === undefined) return {};
    this.#isSealed = true;
    return { seal };
  }
}

/** Who made sealed parts, and so who may be sent them. */
export function sealedBy(provider: string, model: string): string {
  return `${provider}/${model}`;
}

/**
 * The parts of an answer in order. Where nothing was sealed, or the answer was shortened since:
 * its text, then its calls.
 */
export function laidOut(message: Extract<Message, { role: "assistant" }>): readonly Slot[] {
  const { text, toolCalls, reasoning } = message;
  const plain: Slot[] = [
    ...(text === "" ? [] : [{ type: "text", text } as const]),
    ...toolCalls.map((call) => ({ type: "call", call } as const)),
  ];
  if (!reasoning) return plain;
  let at = 0;
  let calls = 0;
  const slots: Slot[] = [];
  for (const stored of reasoning.parts as readonly Partial<Record<string, unknown>>[]) {
    const { seal } = stored;
    const sealed = seal === undefined ? {} : { seal };
    if (typeof stored["text"] === "number") {
      slots.push({ type: "text", text: text.slice(at, at += stored["text"]), ...sealed });
    } else if (typeof stored["call"] === "number") {
      const call = toolCalls[stored["call"]];
      if (!call) return plain;
      calls++;
      slots.push({ type: "call", call, ...sealed });
    } else slots.push({ type: "sealed", part: stored["sealed"] });
  }
  return at === text.length && calls === toolCalls.length ? slots : plain;
}
