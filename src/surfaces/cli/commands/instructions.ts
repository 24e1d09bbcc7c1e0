import type { CommandSink } from "./sink.ts";

/** `ward instructions` and what is below it. */
export function buildInstructions({ program, done, common, example }: CommandSink): void {
  const instructions = program.command("instructions")
    .summary("AGENTS.md and CLAUDE.md of a workspace")
    .description(
      "Prints which of them count as your instructions; until you approve one, none does",
    )
    .action(() => done({ type: "instructions", ...common() }));
  example(instructions, "ward instructions -w .");
  example(
    instructions.command("approve").summary("take a file as your instructions, once you saw it")
      .argument("[file]", "AGENTS.md or CLAUDE.md; all that wait for it without one")
      .option("--yes", "do not ask")
      .action((name: string | undefined, options: { yes?: true }) =>
        done({
          type: "instructions_approve",
          name: name ?? null,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    "ward instructions approve -w .",
  );
  example(
    instructions.command("revoke").summary("take an approval back")
      .argument("[file]", "AGENTS.md or CLAUDE.md; all without one")
      .action((name: string | undefined) =>
        done({ type: "instructions_revoke", name: name ?? null, ...common() })
      ),
    "ward instructions revoke AGENTS.md -w .",
  );
}
