/** Policy with today's facts: what the turn loop and `explain` ask. */
import type { Hands } from "./cells/hands.ts";
import type { PolicyPort } from "../kernel/agent/policy_port.ts";
import { decide } from "../kernel/policy/decide.ts";
import { type AnsweredIn, type GrantBook, leaseOf } from "../kernel/policy/grant_book.ts";
import { grantsUnder, Taint } from "../kernel/policy/taint.ts";
import type { PolicyState } from "../kernel/policy/state.ts";
import type { ApprovalMode, Grant } from "../model/cells/permission.ts";

/** Facts of the process that policy decides from. */
export type PolicyFacts = Omit<
  PolicyState,
  "grants" | "sandbox" | "taint" | "trusted" | "saidByUser"
>;

/** What the turns of a session begin with. */
export interface SessionFacts {
  readonly id: string | null;
  readonly taint: Taint;
  /** Whether whoever speaks is trusted. */
  readonly trusted: boolean;
  saidByUser(address: string): boolean;
}

/** Of no session: nothing was read, and the owner asks. */
export const NO_SESSION: SessionFacts = {
  id: null,
  taint: new Taint(),
  trusted: true,
  saidByUser: () => false,
};

/** The state of this moment; asks the sandbox only where the answer depends on it. */
export async function policyState(
  facts: PolicyFacts,
  hands: Hands,
  grants: readonly Grant[],
  needsSandbox: boolean,
  session: SessionFacts = NO_SESSION,
): Promise<PolicyState> {
  const sandbox = needsSandbox ? (await hands.sandbox()).kind : "bubblewrap";
  const { trusted, saidByUser } = session;
  const taint = session.taint.inForce(grants, session.id);
  return { ...facts, grants: grantsUnder(taint, grants), sandbox, taint, trusted, saidByUser };
}

/** The policy of one session. */
export function createPolicy(
  facts: PolicyFacts,
  hands: Hands,
  book: GrantBook,
  session: SessionFacts & { readonly id: string },
  { mode, now, answeredIn = "terminal" }: {
    /** As it is set now. */
    mode(): ApprovalMode;
    now(): number;
    /** Where a person answers. @default {"terminal"} */
    readonly answeredIn?: AnsweredIn | undefined;
  },
): PolicyPort {
  const sessionId = session.id;
  return {
    tainted(read) {
      session.taint.add(read);
      // The next call looks again; what runs in the background must not wait for it.
      hands.router.recheck().catch(() => {});
    },
    async decide(access) {
      const runs = access.permission === "run" || access.permission === "shell";
      return decide(
        access,
        await policyState(facts, hands, await book.active(sessionId), runs, session),
      );
    },
    async mint(request, approval) {
      const isShort = request.sessionOnly === true || mode() === "cautious";
      const lease = leaseOf(approval, { sessionId, nowMs: now(), isShort });
      const grant = await book.mint({ ...request, value: approval.value }, lease, {
        grantedBy: approval.by ?? answeredIn,
        reason: `answered ${approval.by ? `by ${approval.by}` : `in the ${answeredIn}`}`,
        sessionId,
      });
      return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
    },
    async drop(grantId) {
      // Gone already where it was used or revoked meanwhile.
      if ((await book.active(sessionId)).some((one) => one.id === grantId)) {
        await book.revoke(grantId);
      }
    },
    async use(grantId) {
      const grant = (await book.active(sessionId)).find((one) => one.id === grantId);
      if (!grant) return null;
      if (grant.usesLeft === undefined) return { leased: null };
      return await book.use(grantId) ? { leased: grant } : null;
    },
  };
}

/** Where a path leads, links resolved as far as it exists. */
export function realPath(path: string): string {
  const missing: string[] = [];
  for (let at = path; at !== "/"; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    try {
      const real = Deno.realPathSync(at);
      return [real === "/" ? "" : real, ...missing].join("/");
    } catch {
      // A link that leads nowhere still says where it leads.
      const link = linkTarget(at);
      if (link !== null) return [link, ...missing].join("/");
      missing.unshift(at.slice(at.lastIndexOf("/") + 1));
    }
  }
  return path;
}

function linkTarget(path: string): string | null {
  try {
    const target = Deno.readLinkSync(path);
    return target.startsWith("/") ? target : `${path.slice(0, path.lastIndexOf("/"))}/${target}`;
  } catch {
    return null;
  }
}
