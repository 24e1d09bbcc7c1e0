/** Another host that an answer leads to is asked about as if the call had named it. */
import type { AuditEntry } from "../../model/audit.ts";
import type { ToolCall } from "../../model/conversation/message.ts";
import type { NetAccess } from "../../model/cells/permission.ts";
import { bounded } from "./authorise.ts";
import type { Turn } from "./turn.ts";

/**
 * Decides on a redirect, by the lock, what is known to be secret, and policy. Nobody is asked in the
 * middle of a request: what policy would ask about is not followed.
 *
 * @returns Why it is not followed; null: it is.
 */
export async function leadOn(
  turn: Turn,
  call: ToolCall,
  access: NetAccess,
): Promise<string | null> {
  const { policy, store, watch, outgoing } = turn.deps;
  const secret = outgoing?.(access.url) ?? null;
  const decision = await policy.decide(access);
  const kept = watch?.before([access], [decision]) ?? null;
  const row: AuditEntry = {
    kind: "decision",
    sessionId: turn.sessionId,
    subject: "net",
    detail: {
      callId: call.id,
      value: bounded(`${access.method} ${access.url}`),
      decision: decision.type,
      rule: `redirect: ${secret === null ? kept ?? decision.rule : `would send ${secret}`}`,
    },
  };
  await store.appendAudit([row]);
  if (secret !== null) return `it would send ${secret} there`;
  if (kept !== null) return kept;
  if (decision.type !== "allow") return decision.rule;
  if (decision.grantId !== undefined && await policy.use(decision.grantId) === null) {
    return "the grant was used up or revoked";
  }
  watch?.ran([access]);
  return null;
}
