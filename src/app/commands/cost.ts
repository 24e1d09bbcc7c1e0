/** `ward cost`: what model calls used and cost. */
import { type CommandContext, print } from "./context.ts";
import { systemClock } from "../../host/process/system.ts";
import { tripText } from "../../kernel/budget/cap_text.ts";
import { CostTable } from "../../kernel/models/prices/cost.ts";
import { sharedCaps } from "../../kernel/budget/with_budget.ts";
import type { BudgetLedger, SessionArchive, Store } from "../../kernel/store_ports.ts";
import { findSession } from "../../kernel/sessions/find_session.ts";
import type { SharedCaps, Trip } from "../../model/conversation/budget.ts";
import type { CostReport } from "../../model/conversation/usage.ts";
import { formatCost } from "../../surfaces/cli/format/format_cost.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/** Calls read at once. */
const PAGE_ROWS = 1_000;

const DAY_MS = 86_400_000;

/** Days that are shown when none is named. */
const SHOWN_DAYS = 30;

/** Prints tokens and price of the calls that were asked for. */
export async function cost(
  command: Extract<ParsedCommand, { type: "cost" }>,
  context: CommandContext,
): Promise<number> {
  const { store, start: { settings: { budget } } } = context.ward;
  const { by, ...which } = await scopeOf(command, store);
  const report = {
    ...await costReport(store, command.by ?? by, which),
    reached: (await reachedCaps(store, sharedCaps(budget), null)).map(tripText),
  };
  print(context, report, () => formatCost(report, context.stdout));
  return 0;
}

/**
 * Caps that stand in the way now: today's, and those of a session.
 *
 * @param sessionId null: the session that was used last.
 */
export async function reachedCaps(
  store: Pick<BudgetLedger, "listTrips"> & Pick<Store, "latestSession">,
  caps: SharedCaps,
  sessionId: string | null,
): Promise<readonly Trip[]> {
  const last = sessionId ?? (await store.latestSession({}))?.id ?? null;
  return await store.listTrips({ sessionId: last, caps });
}

/** Adds up the calls of a session, or of some days. */
export async function costReport(
  store: Pick<SessionArchive, "readUsage">,
  by: CostReport["by"],
  which: { sessionId?: string; fromMs?: number; toMs?: number },
): Promise<CostReport> {
  const table = new CostTable(by);
  for (let afterId = 0;;) {
    const page = await store.readUsage({ ...which, afterId, limit: PAGE_ROWS });
    const last = page.at(-1);
    if (!last) return table.report();
    for (const row of page) table.add(row);
    afterId = last.id;
  }
}

async function scopeOf(
  { scope }: Extract<ParsedCommand, { type: "cost" }>,
  archive: Pick<SessionArchive, "findSessions">,
): Promise<
  { by: CostReport["by"]; sessionId?: string; fromMs?: number; toMs?: number }
> {
  const today = Math.floor(systemClock.now() / DAY_MS) * DAY_MS;
  switch (scope.type) {
    case "session":
      return { by: "task", sessionId: await sessionId(scope.id, archive) };
    case "day": {
      const fromMs = scope.date === null ? today : Date.parse(`${scope.date}T00:00:00Z`);
      return { by: "session", fromMs, toMs: fromMs + DAY_MS };
    }
    case "all":
      return { by: "model" };
    case "days":
      return { by: "day", fromMs: today - (SHOWN_DAYS - 1) * DAY_MS };
  }
}

async function sessionId(
  given: string,
  archive: Pick<SessionArchive, "findSessions">,
): Promise<string> {
  return (await findSession(archive, given)).id;
}
