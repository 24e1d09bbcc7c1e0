/**
 * One call of a tool outside any turn, as a program asks for it: prepared, decided, asked about and
 * audited like a call of the model, stored in no session.
 */
import type { AuditEntry } from "../../model/audit.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import type { Outside } from "../../model/conversation/outside.ts";
import { sourceOf } from "../outside/mark.ts";
import { auditRows, authorise, bounded } from "./authorise.ts";
import { confirm } from "./confirm.ts";
import { describeError, prepareCall } from "./prepare_call.ts";
import type { CallScope } from "./turn.ts";

/** Effects that are audited by themselves. */
const MAX_EFFECTS = 200;

/** What it gave. */
export interface SingleResult {
  readonly ok: boolean;
  readonly content: string;
  readonly outside: readonly Outside[];
}

/**
 * Runs it; never throws for what a tool or a person can bring about.
 *
 * @param nowMs When something was read from outside, ms since the epoch.
 */
export async function runSingleCall(
  scope: CallScope,
  call: ToolCall,
  nowMs: () => number,
): Promise<SingleResult> {
  const { policy, store } = scope.deps;
  const refused = (content: string): SingleResult => ({ ok: false, content, outside: [] });
  const prepared = await prepareCall(scope, call);
  await store.appendAudit(auditRows(scope, prepared));
  if (prepared.type === "rejected") return refused(prepared.content);
  const { plan } = prepared;
  const authorised = await authorise(scope, prepared);
  if (!authorised.ok) return refused(authorised.content);
  const grants = authorised.decisions.flatMap((decision) =>
    decision.type === "allow" && decision.grantId !== undefined ? [decision.grantId] : []
  );
  for (const id of new Set(grants)) {
    if (!scope.signal.aborted && await policy.use(id) !== null) continue;
    for (const one of authorised.once) await policy.drop(one);
    return refused(`Refused: ${plan.title}: the grant is gone. Nothing was done.`);
  }
  const { ok, content, outside = [], effects } = await plan.execute({
    signal: scope.signal,
    decisions: authorised.decisions,
    confirm: (question) => confirm(scope, call, question, scope.signal),
  }).catch((error: unknown) => ({
    ok: false,
    content: `${plan.title} failed: ${describeError(error)}`,
    outside: [],
    effects: [],
  }));
  const taints = outside.filter((one) => one.taints);
  if (taints.length > 0) policy.tainted({ sources: taints.map(sourceOf), atMs: nowMs() });
  await store.appendAudit(
    effects.slice(0, MAX_EFFECTS).map((effect): AuditEntry => ({
      kind: "effect",
      sessionId: scope.sessionId,
      subject: call.name,
      detail: { callId: call.id, effect: bounded(effect) },
    })),
  );
  return { ok, content, outside };
}
