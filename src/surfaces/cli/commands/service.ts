import { wholeNumber } from "./arguments.ts";
import type { CommandSink } from "./sink.ts";
import type { CommonFlags } from "../parsed_command.ts";

/** `ward service …`. */
export type ServiceCommand =
  & CommonFlags
  & (
    | {
      readonly type: "service_install";
      /** `NAME=file`, as typed. */
      readonly credentials: readonly string[];
      readonly start: boolean;
      readonly dryRun: boolean;
      /** Do not ask. */
      readonly yes: boolean;
    }
    | { readonly type: "service_status" }
    | { readonly type: "service_logs"; readonly limit: number; readonly follow: boolean }
    | { readonly type: "service_uninstall"; readonly yes: boolean }
  );

/** `ward service` and what is below it. */
export function buildService({ program, done, common, example }: CommandSink): void {
  const service = program.command("service")
    .summary("keep `ward start` running by systemd or launchd")
    .description(
      "Installs this profile's `ward start` as a service of the user: it starts with the login, " +
        "and again when it ends",
    );
  const collect = (value: string, all: readonly string[]) => [...all, value];
  example(service, "ward service status");
  example(
    service.command("install").summary("write the service's file and start it, once you saw it")
      .option(
        "--credential <NAME=file>",
        "variable that systemd reads from a file; may be repeated",
        collect,
        [] as readonly string[],
      )
      .option("--no-start", "write the file alone")
      .option("--dry-run", "show it, write nothing")
      .option("--yes", "do not ask")
      .action((
        options: {
          credential: readonly string[];
          start: boolean;
          dryRun?: true;
          yes?: true;
        },
      ) =>
        done({
          type: "service_install",
          credentials: options.credential,
          start: options.start,
          dryRun: options.dryRun ?? false,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    "ward service install --dry-run",
  );
  example(
    service.command("status").summary("whether it runs")
      .action(() => done({ type: "service_status", ...common() })),
    "ward service status --json",
  );
  example(
    service.command("logs").summary("what it printed; ward's own log is in `ward logs`")
      .option("-n, --limit <lines>", "newest lines to show", wholeNumber, 50)
      .option("-f, --follow", "go on with what is added")
      .action((options: { limit: number; follow?: true }) =>
        done({
          type: "service_logs",
          limit: options.limit,
          follow: options.follow ?? false,
          ...common(),
        })
      ),
    "ward service logs -f",
  );
  example(
    service.command("uninstall").summary("stop it and remove its file")
      .option("--yes", "do not ask")
      .action((options: { yes?: true }) =>
        done({ type: "service_uninstall", yes: options.yes ?? false, ...common() })
      ),
    "ward service uninstall",
  );
}
