import type { ApprovalAnswer } from "../../model/cells/permission.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import type { Question } from "../ports.ts";
import { bounded } from "./authorise.ts";
import type { CallScope } from "./turn.ts";

/**
 * Asks a person about what a call under way brought to light, and writes the answer down. It is asked
 * in every mode, and whatever the answer, it is for this once.
 */
export async function confirm(
  turn: CallScope,
  call: ToolCall,
  question: Question,
  signal: AbortSignal,
): Promise<boolean> {
  const { approver, store, layer } = turn.deps;
  if (!approver.available) return false;
  const grant = { ...question.grant, onceOnly: true, everyMode: true };
  const request = { ...question, callId: call.id, grant, layer, lasting: false };
  const { type } = await turn.budget.paused(() => approver.ask(request, signal))
    .catch((): ApprovalAnswer => ({ type: "deny" }));
  await store.appendAudit([{
    kind: "decision",
    sessionId: turn.sessionId,
    subject: question.grant.permission,
    detail: {
      callId: call.id,
      value: bounded(question.exact),
      decision: type,
      rule: `answer: ${type === "deny" ? "deny" : "once"}`,
    },
  }]);
  return type === "allow" && !signal.aborted;
}
