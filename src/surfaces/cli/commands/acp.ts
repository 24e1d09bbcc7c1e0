import type { CommandSink } from "./sink.ts";

/** `ward acp`. */
export function buildAcp({ program, done, common, example }: CommandSink): void {
  example(
    program.command("acp").summary("be the agent of an editor (Zed, JetBrains, Neovim)")
      .description(
        "Speaks the Agent Client Protocol over standard input and output; an editor starts it. " +
          "Sessions work in the folder that the editor names; see docs/acp.md",
      )
      .option("--setup", "choose a model and save its key first, as `ward onboard`")
      .action(({ setup }: { setup?: true }) =>
        done(
          setup
            ? {
              type: "onboard",
              provider: null,
              apiBase: null,
              roles: null,
              keyStdin: false,
              allow: null,
              skip: [],
              yes: false,
              dryRun: false,
              ...common(),
            }
            : { type: "acp", ...common() },
        )
      ),
    "ward acp",
  );
}
