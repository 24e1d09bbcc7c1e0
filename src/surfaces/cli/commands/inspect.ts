import type { CommandSink } from "./sink.ts";
import { wholeNumber } from "./arguments.ts";

/** `ward doctor`, `status` and `audit`: what inspects ward and changes nothing. */
export function buildInspect({ program, done, common, example }: CommandSink): void {
  example(
    program.command("doctor").summary("check this installation")
      .description("Checks the layers, the folders and the environment; fails when one is broken")
      .option("--prove", "try what must fail, one line each")
      .action((options: { prove?: true }) =>
        done({ type: "doctor", prove: options.prove ?? false, ...common() })
      ),
    "ward doctor --prove",
  );
  example(
    program.command("status").summary("show provider, workspace and layers")
      .description("Prints which model answers and why, where it works, and what holds it")
      .action(() => done({ type: "status", ...common() })),
    "ward status --json",
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
