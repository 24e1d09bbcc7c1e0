import type { Message } from "../../model/conversation/message.ts";
import type { LoadedSession, ToolCallState } from "../../model/conversation/session.ts";
import type { ToolFlags } from "../../model/conversation/tool.ts";
import type { Tool } from "../ports.ts";
import { isIncomplete } from "./store_answer.ts";
import type { Store } from "../store_ports.ts";

/**
 * Closes the calls that a crash left open, so that no call without a result is ever sent to a
 * model. Nothing is run again: whether a `running` call took effect can't be known from here.
 * Stopped in between, it goes on with the rest the next time.
 *
 * @returns The stored results, to be put behind the loaded messages.
 */
export async function closeOpenCalls(
  store: Pick<Store, "appendToolResult">,
  loaded: LoadedSession,
  tools: readonly Pick<Tool, "name" | "flags">[],
): Promise<Message[]> {
  const closed: Message[] = [];
  for (const call of loaded.openCalls) {
    const message = {
      role: "tool",
      callId: call.callId,
      name: call.name,
      ok: false,
      content: interruptedNote(call.state, tools.find(({ name }) => name === call.name)?.flags),
    } as const;
    await store.appendToolResult(loaded.session.id, message);
    closed.push(message);
  }
  return closed;
}

/**
 * What the model is told of a call that never got its result.
 *
 * @param flags Of its tool; undefined when the tool is gone.
 */
export function interruptedNote(state: ToolCallState, flags: ToolFlags | undefined): string {
  if (state === "pending") return "Not run: interrupted before it started.";
  if (flags?.readOnly) return "Interrupted while running; it only reads, so call it again.";
  return flags?.idempotent
    ? "Interrupted while running; repeating it does no more than once."
    : "Interrupted while running; whether it took effect is not known. Check before repeating it.";
}

const GO_ON = "[ward was stopped here and started again. Give the whole answer.]";

/**
 * Goes on with a turn that was cut off after its message was stored.
 *
 * @param messages As stored, calls closed; what is said to the model of it is added.
 * @returns The answer, where only the end of the turn was not stored; null: the model has to go on.
 */
export async function pickUp(
  store: Pick<Store, "appendUser">,
  sessionId: string,
  messages: Message[],
): Promise<string | null> {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return null;
  if (!isIncomplete(last.text)) return last.text;
  // Services refuse a request that ends with the model's own words.
  const said = { text: GO_ON, own: "" };
  await store.appendUser(sessionId, said.text, { own: said.own });
  messages.push({ role: "user", ...said });
  return null;
}
