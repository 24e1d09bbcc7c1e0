/** The tools that look at ward itself: the agent's own, and those of a served ward. */
import type { Ward } from "../ward.ts";
import { systemClock } from "../../host/process/system.ts";
import { tripText } from "../../kernel/budget/cap_text.ts";
import { sharedCaps } from "../../kernel/budget/with_budget.ts";
import type { Tool } from "../../kernel/ports.ts";
import { findSession } from "../../kernel/sessions/find_session.ts";
import { createReportTools } from "../../kernel/tools/self/report_tools.ts";
import { createSessionTool } from "../../kernel/tools/self/session_tool.ts";

/** Days that `usage` is of. */
const DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Makes them.
 *
 * @param workspace Sessions of no other one are there; null: all are.
 */
export function selfTools(ward: Ward, workspace: string | null): Tool[] {
  const { store } = ward;
  return [
    createSessionTool({ store, workspace }),
    ...createReportTools({
      // Loaded when they are asked for: every session has the tools, few use them.
      status: async () => await (await import("../commands/status.ts")).statusReport(ward),
      permissions: async () =>
        await (await import("../commands/permissions.ts")).permissionsReport(ward),
      explain: async (kind, value) =>
        await (await import("../commands/permissions.ts")).explainReport(ward, kind, value),
      async usage(given, by) {
        const { costReport, reachedCaps } = await import("../commands/cost.ts");
        const id = given === null ? null : (await findSession(store, given)).id;
        const today = Math.floor(systemClock.now() / DAY_MS) * DAY_MS;
        const which = id === null ? { fromMs: today - (DAYS - 1) * DAY_MS } : { sessionId: id };
        const caps = sharedCaps(ward.start.settings.budget);
        const reached = (await reachedCaps(store, caps, id)).map(tripText);
        return { ...await costReport(store, by, which), reached };
      },
    }),
  ];
}
