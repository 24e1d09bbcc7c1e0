import { InvalidArgumentError, Option } from "commander";
import type { CommandSink } from "./sink.ts";

/** `ward cost`. */
export function buildCost({ program, done, common, example }: CommandSink): void {
  example(
    program.command("cost").summary("show the tokens that were used, and their price")
      .description("Prints tokens and price by day and model; a day begins at midnight UTC")
      .addOption(
        new Option("--day [date]", "sessions of a day, today without a date").argParser(day)
          .conflicts(["session", "all"]),
      )
      .addOption(new Option("--session <id>", "turns of a session").conflicts(["day", "all"]))
      .addOption(new Option("--all", "everything so far, by model").conflicts(["day", "session"]))
      .option("--calls", "one line for each call")
      .action((options: CostOptions) =>
        done({
          type: "cost",
          scope: options.session !== undefined
            ? { type: "session", id: options.session }
            : options.day !== undefined
            ? { type: "day", date: options.day === true ? null : options.day }
            : { type: options.all ? "all" : "days" },
          calls: options.calls ?? false,
          ...common(),
        })
      ),
    "ward cost --day 2026-11-27",
  );
}

interface CostOptions {
  day?: string | true;
  session?: string;
  all?: true;
  calls?: true;
}

function day(text: string): string {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError("Allowed: a day such as 2026-11-27.");
  }
  return text;
}
