/** What of an answer is stored, and under which ids. */
import type { Message, ToolCall } from "../../model/conversation/message.ts";
import type { StoredAnswer } from "../store_ports.ts";
import { callOf, type ModelAnswer } from "./call_model.ts";
import type { FirstCalls } from "./run_calls.ts";
import type { Ending, Turn } from "./turn.ts";

/** Keeps what came of an answer that is not whole, marked; its calls are not kept nor run. */
export async function keepIncomplete(
  turn: Turn,
  answer: ModelAnswer,
  ending: Ending,
  ms: number,
): Promise<void> {
  if (answer.text !== "") {
    turn.deps.onEvent({
      type: "notice",
      text: `The answer above is incomplete: ${ending.reason}`,
    });
  }
  if (answer.text === "" && answer.usage === null) return;
  const note = `${INCOMPLETE} ${ending.outcome}]`;
  const text = answer.text === "" ? note : `${answer.text}\n\n${note}`;
  await storeAnswer(turn, { ...answer, text, reasoning: undefined, ms }, [], {
    prepared: [],
    begun: new Set(),
    audit: [],
  });
}

/** How the note begins. */
const INCOMPLETE = "[incomplete: the turn ended here as";

/** Whether an answer was kept as one that is not whole. */
export function isIncomplete(text: string): boolean {
  return text.slice(text.lastIndexOf("\n") + 1).startsWith(INCOMPLETE);
}

/**
 * Stores an answer with its calls; those that begin with it are running from here on. The turn knows
 * of both at once.
 */
export async function storeAnswer(
  turn: Turn,
  answer: ModelAnswer & { readonly ms: number },
  toolCalls: readonly ToolCall[],
  first: FirstCalls,
): Promise<void> {
  const begun = [...first.begun];
  const row = { ...takeAnswer(turn, answer, toolCalls), begun };
  for (const call of toolCalls) turn.open.set(call.id, call);
  await turn.deps.store.appendAssistant(turn.sessionId, row, first.audit);
}

/** Takes an answer into the turn. @returns What is to be stored of it. */
export function takeAnswer(
  turn: Turn,
  answer: ModelAnswer & { readonly ms: number },
  toolCalls: readonly ToolCall[],
): StoredAnswer {
  const { text, reasoning, ms } = answer;
  const sealed = reasoning ? { reasoning } : {};
  turn.messages.push({ role: "assistant", text, toolCalls, ...sealed });
  return { text, toolCalls, reasoning, ...callOf(turn.deps, answer, ms) };
}

/** Ids that no other call of the session has; services take letters, digits, `_`, `-`. */
export function withUniqueIds(
  calls: readonly ToolCall[],
  history: readonly Message[],
): readonly ToolCall[] {
  const seen = new Set(
    history.flatMap((m) => m.role === "assistant" ? m.toolCalls.map(({ id }) => id) : []),
  );
  return calls.map((call) => {
    let id = call.id || "call";
    for (let n = 2; seen.has(id); n++) id = `${(call.id || "call").slice(0, 32)}_${n}`;
    seen.add(id);
    return id === call.id ? call : { ...call, id };
  });
}
