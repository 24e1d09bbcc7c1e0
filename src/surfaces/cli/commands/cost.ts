import { InvalidArgumentError, Option } from "commander";
import { COST_KEYS, type CostKey } from "../parsed_command.ts";
import type { CommandSink } from "./sink.ts";

/** `ward cost`. */
export function buildCost({ program, done, common, example }: CommandSink): void {
  const cost = program.command("cost").summary("show the tokens that were used, and their price")
    .description("Prints tokens and price by day and model; a day begins at midnight UTC")
    .addOption(
      new Option("--day [date]", "sessions of a day, today without a date").argParser(day)
        .conflicts(["session", "all"]),
    )
    .addOption(new Option("--session <id>", "tasks of a session").conflicts(["day", "all"]))
    .addOption(new Option("--all", "everything so far, by model").conflicts(["day", "session"]))
    .addOption(
      new Option("--by <what>", "what a line is for; a task is a message and its answer")
        .choices(COST_KEYS),
    )
    .addOption(new Option("--calls", "the same as --by call").conflicts("by"))
    .action((options: CostOptions) =>
      done({
        type: "cost",
        scope: options.session !== undefined
          ? { type: "session", id: options.session }
          : options.day !== undefined
          ? { type: "day", date: options.day === true ? null : options.day }
          : { type: options.all ? "all" : "days" },
        by: options.calls ? "call" : options.by ?? null,
        ...common(),
      })
    );
  example(cost, "ward cost --day 2026-11-27 --by model");
  example(
    cost.command("lift").summary("go on after a cap of the budget was reached")
      .description(
        "Allows each reached cap, of today and of a session, as much again, and no more",
      )
      .argument("[id]", "id of the session, or its beginning; the newest one without")
      .option("-y, --yes", "do not ask")
      .action((id: string | undefined, options: { yes?: true }) =>
        done({
          type: "cost_lift",
          yes: options.yes ?? false,
          session: id ?? null,
          ...common(),
        })
      ),
    "ward cost lift",
  );
}

interface CostOptions {
  day?: string | true;
  session?: string;
  all?: true;
  by?: CostKey;
  calls?: true;
}

function day(text: string): string {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError("Allowed: a day such as 2026-11-27.");
  }
  return text;
}
