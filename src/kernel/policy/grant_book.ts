/** Grants in force, and the only ways to make and end one. */
import { UsageError } from "../../base/app_error.ts";
import type {
  Approval,
  ApprovalMode,
  Grant,
  GrantRequest,
  GrantScope,
} from "../../model/cells/permission.ts";
import type { Clock, Random } from "../ports.ts";
import type { Store } from "../store_ports.ts";

/** What the book needs. */
export interface GrantBookDeps {
  readonly store: Pick<
    Store,
    "listGrants" | "hasGrant" | "addGrant" | "removeGrant" | "useGrant" | "appendAudit"
  >;
  readonly clock: Clock;
  readonly random: Random;
  /** As it is set now; in `cautious` no approval of another session counts. */
  mode(): ApprovalMode;
  /** Changes with the grants, whoever changes them; null when that cannot be told. */
  stamp(): string | null;
  /**
   * Of one that speaks and is not the owner: no other grant for a session counts for it.
   * @default {all of the session's count}
   */
  readonly answers?: SessionAnswers | undefined;
}

/** Grants for a session that were made for one client, such as over one connection. */
export class SessionAnswers {
  readonly #ids = new Set<string>();

  /** Takes a grant in. */
  add({ id }: Grant): void {
    this.#ids.add(id);
  }

  /** Whether a grant is for more than a session, or was made here. */
  counts({ id, scope }: Grant): boolean {
    return scope.type !== "session" || this.#ids.has(id);
  }
}

/**
 * Makes the book. Another process may revoke at any time, so what was listed counts only as long as
 * the stamp is the same.
 */
export function createGrantBook(deps: GrantBookDeps): GrantBook {
  const { store, clock, random, mode, stamp, answers } = deps;
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
    lease: Lease,
    facts: { grantedBy: string; reason: string; sessionId: string | null },
  ): Promise<Grant> => {
    const { scope } = lease;
    const grant: Grant = {
      id: "g" + random.id().slice(-8),
      compartment: request.compartment,
      permission: request.permission,
      value: request.value,
      scope,
      usesLeft: scope.type === "once" ? 1 : lease.uses,
      grantedBy: facts.grantedBy,
      atMs: clock.now(),
      reason: facts.reason,
    };
    answers?.add(grant);
    await store.addGrant(grant);
    await store.appendAudit([{
      kind: "grant",
      sessionId: facts.sessionId,
      subject: `${grant.permission} ${grant.value}`,
      detail: {
        id: grant.id,
        scope: scope.type,
        by: facts.grantedBy,
        reason: facts.reason,
        ...(grant.usesLeft === undefined ? {} : { uses: grant.usesLeft }),
      },
    }]);
    return grant;
  };
  return {
    mint,
    async active(sessionId) {
      const now = clock.now();
      return (await list()).filter((grant) =>
        inForce(grant, sessionId, now) && (mode() !== "cautious" || !outlives(grant)) &&
        (answers?.counts(grant) ?? true)
      );
    },
    async all() {
      const now = clock.now();
      return (await store.listGrants()).filter((grant) => !isOver(grant, now));
    },
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
    isRevoked: async (id) => !await store.hasGrant(id),
  };
}

/** See {@linkcode createGrantBook}. */
export interface GrantBook {
  mint(
    request: Pick<GrantRequest, "compartment" | "permission" | "value">,
    lease: Lease,
    facts: { grantedBy: string; reason: string; sessionId: string | null },
  ): Promise<Grant>;
  /** Grants in force for a session, or for none. */
  active(sessionId: string | null): Promise<Grant[]>;
  /** Those that are not over, of all sessions. */
  all(): Promise<Grant[]>;
  /** @throws {UsageError} `permissions.no_grant`. */
  revoke(id: string): Promise<void>;
  /** Takes one use of a bounded grant; false when none was left. */
  use(id: string): Promise<boolean>;
  /** Whether a grant was taken back; one that is used up or has run out was not. */
  isRevoked(id: string): Promise<boolean>;
}

/** How long and how often. */
export interface Lease {
  readonly scope: GrantScope;
  /** Missing: as often as the scope lasts; `once` is one use. */
  readonly uses?: number | undefined;
}

/** Where a person answers; an answer that makes a grant is kept under it. */
export const ANSWERED_IN = ["terminal", "editor", "chat"] as const;

/** One of {@linkcode ANSWERED_IN}. */
export type AnsweredIn = typeof ANSWERED_IN[number];

/** Whether a grant counts now. */
export function inForce(grant: Grant, sessionId: string | null, nowMs: number): boolean {
  const { scope } = grant;
  return !isOver(grant, nowMs) && (scope.type !== "session" || scope.sessionId === sessionId);
}

/** Whether a grant has run out, for whatever session. */
function isOver({ usesLeft, scope }: Grant, nowMs: number): boolean {
  if (usesLeft !== undefined && usesLeft <= 0) return true;
  const endsAt = endOf(scope);
  return endsAt !== null && nowMs >= endsAt;
}

/** When a scope ends by the clock; null: it does not. */
export function endOf(scope: GrantScope): number | null {
  if (scope.type === "until") return scope.atMs;
  return scope.type === "session" ? scope.untilMs ?? null : null;
}

/** Whether it is an answer that lasts longer than its session. */
function outlives({ grantedBy, scope }: Grant): boolean {
  return ANSWERED_IN.some((one) => one === grantedBy) &&
    (scope.type === "always" || scope.type === "until");
}

/** How long and how often an answer holds. @param isShort Never longer than its session. */
export function leaseOf(
  { scope, uses }: Approval,
  { sessionId, nowMs, isShort }: { sessionId: string; nowMs: number; isShort: boolean },
): Lease {
  if (scope === "once") return { scope: { type: "once" } };
  if (typeof scope === "object") {
    const atMs = nowMs + scope.forMs;
    const until: GrantScope = isShort
      ? { type: "session", sessionId, untilMs: atMs }
      : { type: "until", atMs };
    return { scope: until, uses };
  }
  if (scope === "session" || isShort) return { scope: { type: "session", sessionId }, uses };
  return { scope: { type: "always" }, uses };
}
