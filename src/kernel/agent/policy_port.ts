import type { OutsideRead } from "../../model/conversation/outside.ts";
import type {
  Access,
  Approval,
  Decision,
  Grant,
  GrantRequest,
} from "../../model/cells/permission.ts";

/** What a call stands on. */
export interface UsedGrant {
  /** A counted grant, which counts for the call that took the use and for no other. */
  readonly leased: Grant | null;
}

/** Policy, as the turn loop sees it. The loop writes the audit rows of decisions and answers. */
export interface PolicyPort {
  /**
   * The session read something from outside: what follows is decided, and the compartments are
   * started, by that.
   */
  tainted(read: OutsideRead): void;
  /** Decides on one access; changes nothing. */
  decide(access: Access): Promise<Decision>;
  /**
   * Stores the grant that a person's answer made, with its audit row. Whoever starts the
   * compartment sees it before this resolves.
   *
   * @returns The decision that now holds; anything but `allow` refuses the call.
   */
  mint(
    request: GrantRequest,
    approval: Approval & {
      /** Who answered, if it was no person: `mode yolo`. */
      readonly by?: string | undefined;
    },
  ): Promise<Decision>;
  /**
   * Takes one use of a grant, just before the call that needs it runs; called once per call and
   * grant. Null: it was spent or revoked since the decision, and the call is not run.
   */
  use(grantId: string): Promise<UsedGrant | null>;
  /** Takes a grant back that was made for one call and was not used, because the call did not run. */
  drop(grantId: string): Promise<void>;
}
