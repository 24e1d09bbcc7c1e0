/** The slash commands of an editor's session. */
import { costReport } from "../commands/cost.ts";
import { permissionsReport } from "../commands/permissions.ts";
import { liftTaint, taintState } from "../conversation/taint_state.ts";
import type { Ward } from "../ward.ts";
import type { HostedSession } from "../../surfaces/acp/host.ts";
import { formatCost } from "../../surfaces/cli/format/format_cost.ts";
import { formatPermissions } from "../../surfaces/cli/format/format_permissions.ts";
import { formatLifted, taintText } from "../../surfaces/cli/format/format_taint.ts";
import type { Output } from "../../surfaces/cli/output.ts";

/** Text without colours. */
const PLAIN: Output = { write: () => {}, isTerminal: false, hasColor: false };

/**
 * Runs one.
 *
 * @throws {AppError} What it cannot do.
 */
export async function runCommand(
  ward: Ward,
  session: HostedSession,
  { name, argument }: { readonly name: string; readonly argument: string },
): Promise<string> {
  switch (name) {
    case "cost":
      return formatCost(await costReport(ward.store, "task", { sessionId: session.id }), PLAIN);
    case "permissions":
      return formatPermissions(await permissionsReport(ward), PLAIN);
    case "trust": {
      const lifted = await liftTaint(ward, "editor");
      return lifted
        ? formatLifted(lifted.before, lifted.grantId)
        : taintText(await taintState(ward));
    }
    case "model":
      if (argument !== "") await session.setModel(argument);
      return session.model().current;
    default:
      return `There is no command "/${name}"`;
  }
}
