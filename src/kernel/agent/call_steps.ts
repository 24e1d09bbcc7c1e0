/** What a call goes through wherever it is made, in a turn or by itself. */
import type { AuditEntry } from "../../model/audit.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import type { Outside, OutsideRead } from "../../model/conversation/outside.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { ExecuteOptions } from "../ports.ts";
import { sourceOf } from "../outside/mark.ts";
import { auditRows, authorise, type Authorised, bounded, type ReadyCall } from "./authorise.ts";
import { prepareCall } from "./prepare_call.ts";
import type { CallScope } from "./turn.ts";

/** Audit rows of effects that one call gets. */
const MAX_EFFECTS = 500;

type Allowed = Extract<Authorised, { ok: true }>;
type StandsOn = Pick<ExecuteOptions, "decisions" | "leased">;
type Refused = Extract<Authorised, { ok: false }>;

/**
 * Has a call allowed as things are: where another call read something from outside while this one
 * was looked at or asked about, it is decided, audited and asked about anew.
 *
 * @returns The call as it was decided last.
 */
export async function authoriseNow(
  scope: CallScope,
  ready: ReadyCall,
): Promise<{ readonly ready: ReadyCall; readonly authorised: Authorised }> {
  const { store } = scope.deps;
  for (let last = ready;;) {
    const authorised = await authorise(scope, last);
    if (!authorised.ok || last.outsideReads === scope.outside.reads) {
      return { ready: last, authorised };
    }
    await dropOnce(scope, authorised);
    const again = await prepareCall(scope, last.call);
    await store.appendAudit(auditRows(scope, again));
    if (again.type === "rejected") {
      const { content, summary } = again;
      return { ready: last, authorised: { ok: false, content, summary } };
    }
    last = again;
  }
}

/** Takes back what answers allowed for a call that does not run. */
export async function dropOnce({ deps }: CallScope, { once }: Allowed): Promise<void> {
  for (const id of once) await deps.policy.drop(id);
}

/** Takes one use of each grant that a call stands on; where one is gone, none of it counts. */
export async function useGrants(
  scope: CallScope,
  { plan }: Pick<ReadyCall, "plan">,
  authorised: Allowed,
): Promise<{ readonly ok: true; readonly standsOn: StandsOn } | Refused> {
  const grants = authorised.decisions.flatMap((decision) =>
    decision.type === "allow" && decision.grantId !== undefined ? [decision.grantId] : []
  );
  const leased: Grant[] = [];
  for (const id of new Set(grants)) {
    const used = await scope.deps.policy.use(id);
    if (used?.leased) leased.push(used.leased);
    if (used !== null) continue;
    await dropOnce(scope, authorised);
    return {
      ok: false,
      content: `Refused: ${plan.title}: the grant was used up or revoked. Nothing was done.`,
      summary: "refused: the grant is gone",
    };
  }
  return { ok: true, standsOn: { decisions: authorised.decisions, leased } };
}

/**
 * Has what a call brought in from outside count before anything else is decided.
 *
 * @returns undefined: there was nothing that counts.
 */
export function noteOutside(
  { deps, outside: count }: CallScope,
  outside: readonly Outside[],
  nowMs: () => number,
): OutsideRead | undefined {
  const taints = outside.filter((one) => one.taints);
  if (taints.length === 0) return undefined;
  const read = { sources: taints.map(sourceOf), atMs: nowMs() };
  count.reads++;
  deps.policy.tainted(read);
  return read;
}

/** The audit rows of what a call did. */
export function effectRows(
  { sessionId }: Pick<CallScope, "sessionId">,
  { id, name }: ToolCall,
  effects: readonly string[],
): AuditEntry[] {
  // A program in the cell may have forged them: neither their number nor their length is its own.
  const more = effects.length - MAX_EFFECTS;
  const kept = more > 0 ? [...effects.slice(0, MAX_EFFECTS), `and ${more} more`] : effects;
  return kept.map((effect) => ({
    kind: "effect",
    sessionId,
    subject: name,
    detail: { callId: id, effect: bounded(effect) },
  }));
}
