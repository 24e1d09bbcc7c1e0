/**
 * How much is asked, as the user set it (P4). A mode never opens what is denied and never widens
 * what a compartment may touch by itself: `yolo` answers single questions, by a grant for one use.
 */
import type { Approval, ApprovalMode, GrantRequest } from "../../model/cells/permission.ts";

/** What a mode is, in a line for people. */
export const MODE_TEXTS: Readonly<Record<ApprovalMode, string>> = {
  default: "asks before what no rule allows; Always is kept",
  cautious: "asks before what no rule allows; no approval outlives its session",
  yolo: "skips questions about programs, shell lines and files outside the workspace. What is " +
    "critical, changes ward's settings, keys or what acts outside later, sends data out, or comes " +
    "after text from outside still asks; denials and the walls of the cell hold",
};

/** The answer that the mode itself gives; null: a person is asked. */
export function answerOf(mode: ApprovalMode, grant: GrantRequest): Approval | null {
  if (mode !== "yolo" || grant.everyMode || grant.risk === "critical") return null;
  const [narrowest] = grant.widths ?? [];
  return { type: "allow", scope: "once", value: narrowest?.value ?? grant.value };
}
