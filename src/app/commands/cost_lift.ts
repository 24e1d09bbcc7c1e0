/** `ward cost lift`: goes on after a cap was reached. */
import { type CommandContext, print } from "./context.ts";
import { reachedCaps } from "./cost.ts";
import { prompterOf } from "../prompting.ts";
import { UsageError } from "../../base/app_error.ts";
import { amountText } from "../../kernel/budget/cap_text.ts";
import { sharedCaps } from "../../kernel/budget/with_budget.ts";
import { findSession } from "../../kernel/sessions/find_session.ts";
import type { Trip } from "../../model/conversation/budget.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/**
 * Lifts what is reached today and by one session, each by as much as its cap. Spending more is the
 * user's word: without a terminal it needs `--yes`.
 *
 * @returns 1 after a no.
 * @throws {UsageError} `budget.not_asked` where nobody can be asked; `session.not_found`.
 */
export async function costLift(
  command: Extract<ParsedCommand, { type: "cost_lift" }>,
  context: CommandContext,
): Promise<number> {
  const { store, start: { settings: { budget } } } = context.ward;
  const caps = sharedCaps(budget);
  const named = command.session === null ? null : (await findSession(store, command.session)).id;
  const trips = await reachedCaps(store, caps, named);
  if (trips.length === 0) {
    print(context, { lifted: [] }, () => "No cap is reached\n");
    return 0;
  }
  const words = trips.map(textOf).join("; ");
  if (!command.yes) {
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("budget.not_asked", `Not lifted: ${words}`, {
        hint: "Say so with ward cost lift --yes",
      });
    }
    if (!await prompter.confirm({ title: `Allow as much again (${words})`, initial: false })) {
      return 1;
    }
  }
  for (const trip of trips) {
    const { scope, key, unit, cap, limit } = trip;
    await store.liftTrip({ scope, key, unit, caps }, [{
      kind: "budget",
      sessionId: scope === "session" ? key : null,
      subject: `${scope} cap lifted`,
      detail: { key, unit, limit, lifted: cap },
    }]);
  }
  print(context, { lifted: trips }, () => `Lifted: ${words}\n`);
  return 0;
}

function textOf({ scope, key, unit, cap }: Trip): string {
  return `${scope === "day" ? "today" : `session ${key}`}, ${amountText(unit, cap)}`;
}
