import type { CommandSink } from "./sink.ts";

/** `ward models`. */
export function buildModels({ program, done, common, example }: CommandSink): void {
  example(
    program.command("models").summary("list the models of the providers that are set up")
      .description(
        "Prints each provider's models with window, price and abilities, as the service lists " +
          "them; a list is kept for an hour",
      )
      .option("--provider <name>", "one provider")
      .option("--refresh", "ask the services also where a list is kept")
      .action((options: { provider?: string; refresh?: true }) =>
        done({
          type: "models",
          provider: options.provider ?? null,
          refresh: options.refresh ?? false,
          ...common(),
        })
      ),
    "ward models --provider anthropic --refresh",
  );
}
