/** Grants in force, and the only ways to make and end one. */
import { UsageError } from "../../base/app_error.ts";
import type {
  ApprovalAnswer,
  Grant,
  GrantRequest,
  GrantScope,
} from "../../model/cells/permission.ts";
import type { Clock, Random, Store } from "../ports.ts";

/** What the book needs. */
export interface GrantBookDeps {
  readonly store: Pick<
    Store,
    "listGrants" | "addGrant" | "removeGrant" | "useGrant" | "appendAudit"
  >;
  readonly clock: Clock;
  readonly random: Random;
  /** Changes with the grants, whoever changes them; null when that cannot be told. */
  stamp(): string | null;
}

/**
 * Makes the book. Another process may revoke at any time, so what was listed counts only as long as
 * the stamp is the same.
 */
export function createGrantBook({ store, clock, random, stamp }: GrantBookDeps): GrantBook {
  let listed: { stamp: string; grants: Grant[] } | null = null;
  const list = async (): Promise<Grant[]> => {
    // Read before the list: a change in between makes the next look start anew.
    const now = stamp();
    if (now !== null && listed?.stamp === now) return listed.grants;
    const grants = await store.listGrants();
    listed = now === null ? null : { stamp: now, grants };
    return grants;
  };
  const mint = async (
    request: Pick<GrantRequest, "compartment" | "permission" | "value">,
    scope: GrantScope,
    facts: { grantedBy: string; reason: string; sessionId: string | null },
  ): Promise<Grant> => {
    const grant: Grant = {
      id: "g" + random.id().slice(-8),
      compartment: request.compartment,
      permission: request.permission,
      value: request.value,
      scope,
      usesLeft: scope.type === "once" ? 1 : undefined,
      grantedBy: facts.grantedBy,
      atMs: clock.now(),
      reason: facts.reason,
    };
    await store.addGrant(grant);
    await store.appendAudit([{
      kind: "grant",
      sessionId: facts.sessionId,
      subject: `${grant.permission} ${grant.value}`,
      detail: { id: grant.id, scope: scope.type, by: facts.grantedBy, reason: facts.reason },
    }]);
    return grant;
  };
  return {
    mint,
    async active(sessionId) {
      const now = clock.now();
      return (await list()).filter((grant) => inForce(grant, sessionId, now));
    },
    all: () => store.listGrants(),
    async revoke(id) {
      const removed = await store.removeGrant(id);
      if (!removed) {
        throw new UsageError("permissions.no_grant", `There is no grant "${id}"`, {
          hint: "See the ids with `ward permissions grants`",
        });
      }
      await store.appendAudit([{ kind: "revoke", sessionId: null, subject: id, detail: {} }]);
    },
    use: (id) => store.useGrant(id),
  };
}

/** See {@linkcode createGrantBook}. */
export interface GrantBook {
  mint(
    request: Pick<GrantRequest, "compartment" | "permission" | "value">,
    scope: GrantScope,
    facts: { grantedBy: string; reason: string; sessionId: string | null },
  ): Promise<Grant>;
  /** Grants in force for a session, or for none. */
  active(sessionId: string | null): Promise<Grant[]>;
  all(): Promise<Grant[]>;
  /** @throws {UsageError} `permissions.no_grant`. */
  revoke(id: string): Promise<void>;
  /** Takes one use of a bounded grant; false when none was left. */
  use(id: string): Promise<boolean>;
}

/** Whether a grant counts now. */
export function inForce(grant: Grant, sessionId: string | null, nowMs: number): boolean {
  if (grant.usesLeft !== undefined && grant.usesLeft <= 0) return false;
  const { scope } = grant;
  if (scope.type === "session") return scope.sessionId === sessionId;
  if (scope.type === "until") return nowMs < scope.atMs;
  return true;
}

/** The scope that an answer in a terminal means; null for a refusal. */
export function scopeOf(answer: ApprovalAnswer, sessionId: string): GrantScope | null {
  if (answer === "deny") return null;
  return answer === "session" ? { type: "session", sessionId } : { type: answer };
}
