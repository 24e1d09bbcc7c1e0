/**
 * One call of a tool outside any turn, as a program asks for it: prepared, decided, asked about and
 * audited like a call of the model, stored in no session.
 */
import type { ToolCall } from "../../model/conversation/message.ts";
import type { Outside } from "../../model/conversation/outside.ts";
import { auditRows } from "./authorise.ts";
import { authoriseNow, dropOnce, effectRows, noteOutside, useGrants } from "./call_steps.ts";
import { confirm } from "./confirm.ts";
import { describeError, prepareCall } from "./prepare_call.ts";
import type { CallScope } from "./turn.ts";

/** What it gave. */
export interface SingleResult {
  readonly ok: boolean;
  readonly content: string;
  readonly outside: readonly Outside[];
}

/**
 * Runs it; never throws for what a tool or a person can bring about.
 *
 * @param scope Its `outside` is shared by all calls that may run side by side.
 * @param nowMs When something was read from outside, ms since the epoch.
 */
export async function runSingleCall(
  scope: CallScope,
  call: ToolCall,
  nowMs: () => number,
): Promise<SingleResult> {
  const { store } = scope.deps;
  const refused = (content: string): SingleResult => ({ ok: false, content, outside: [] });
  const prepared = await prepareCall(scope, call);
  await store.appendAudit(auditRows(scope, prepared));
  if (prepared.type === "rejected") return refused(prepared.content);
  const { ready, authorised } = await authoriseNow(scope, prepared);
  if (!authorised.ok) return refused(authorised.content);
  const { plan } = ready;
  if (scope.signal.aborted) {
    await dropOnce(scope, authorised);
    return refused(`Not run: ${plan.title}: the call was cancelled. Nothing was done.`);
  }
  const used = await useGrants(scope, ready, authorised);
  if (!used.ok) return refused(used.content);
  const { ok, content, outside = [], effects } = await plan.execute({
    signal: scope.signal,
    callId: call.id,
    ...used.standsOn,
    confirm: (question) => confirm(scope, call, question, scope.signal),
  }).catch((error: unknown) => ({
    ok: false,
    content: `${plan.title} failed: ${describeError(error)}`,
    outside: [],
    effects: [],
  }));
  noteOutside(scope, outside, nowMs);
  await store.appendAudit(effectRows(scope, call, effects));
  return { ok, content, outside };
}
