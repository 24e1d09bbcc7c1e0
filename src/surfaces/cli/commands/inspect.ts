import { Argument, Option } from "commander";
import { LOG_LEVELS, type LogLevel } from "../../../model/log.ts";
import { COMPLETION_SHELLS, type CompletionShell } from "../parsed_command.ts";
import type { CommandSink } from "./sink.ts";
import { wholeNumber } from "./arguments.ts";

/** `ward doctor`, `status` and `audit`: what inspects ward and changes nothing. */
export function buildInspect({ program, done, common, example }: CommandSink): void {
  example(
    program.command("doctor").summary("check this installation")
      .description(
        "Checks configuration, folders, keys, database, sandbox, programs and provider, also when " +
          "they are broken; changes nothing without --fix. Exit code: 0 fine, 1 warnings, 2 errors",
      )
      .option(
        "--prove",
        "try what must fail, one line each; exit code 1 when something was reached",
      )
      .option("--offline", "ask no service")
      .option("--fix", "mend modes, missing folders and leftovers, after a question")
      .option("-y, --yes", "with --fix: do not ask")
      .action((options: DoctorOptions) =>
        done({
          type: "doctor",
          prove: options.prove ?? false,
          offline: options.offline ?? false,
          fix: options.fix ?? false,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    "ward doctor --prove",
  );
  example(
    program.command("status").summary("show provider, workspace and layers")
      .description(
        "Prints which model answers and why, where it works, and what holds it. With --live what is " +
          "running on this profile, every second until q or Ctrl-C; as JSON one object a line, " +
          "whenever something changed",
      )
      .option("-l, --live", "conversations with their turns and calls, and what today cost")
      .action((options: { live?: true }) =>
        done({ type: "status", live: options.live ?? false, ...common() })
      ),
    "ward status --live",
  );
  example(
    program.command("logs").summary("show what ward logged")
      .description("Prints the newest lines of this profile's log; as JSON one object a line")
      .option("-n, --limit <lines>", "newest lines to show", wholeNumber, 50)
      .option("-f, --follow", "go on with what is added")
      .addOption(
        new Option("--level <level>", "this level and those before it").choices(LOG_LEVELS),
      )
      .action((options: { limit: number; follow?: true; level?: LogLevel }) =>
        done({
          type: "logs",
          limit: options.limit,
          follow: options.follow ?? false,
          level: options.level ?? null,
          ...common(),
        })
      ),
    "ward logs -n 20 --level warn",
  );
  example(
    program.command("completion").summary("print what completes ward's words in a shell")
      .description("Prints a script for the shell; see docs/completion.md for where it goes")
      .addArgument(
        new Argument("[shell]", "the shell; asked for if left out").choices(COMPLETION_SHELLS),
      )
      .action((shell?: CompletionShell) =>
        done({ type: "completion", shell: shell ?? null, ...common() })
      ),
    "ward completion bash > ~/.local/share/bash-completion/completions/ward",
  );
  const audit = program.command("audit").summary("show what was done and decided")
    .description("Prints the newest rows of the audit log, newest last")
    .option("-n, --limit <rows>", "newest rows to show", wholeNumber, 50)
    .action((options: { limit: number }) =>
      done({ type: "audit", limit: options.limit, ...common() })
    );
  example(audit, "ward audit -n 20");
  example(
    audit.command("verify").summary("check the chain of the audit log")
      .description("Fails when a row was changed, removed, reordered or put back")
      .action(() => done({ type: "audit_verify", ...common() })),
    "ward audit verify",
  );
}

interface DoctorOptions {
  prove?: true;
  offline?: true;
  fix?: true;
  yes?: true;
}
