import type { CommandSink } from "./sink.ts";

/** `ward start`. */
export function buildStart({ program, done, common, example }: CommandSink): void {
  example(
    program.command("start").summary("run ward in the foreground: bots of chats, and what is due")
      .description(
        "Runs until it is stopped (Ctrl-C or SIGTERM), one for each profile. What is in hand then " +
          "is finished, or goes on after the next start; see docs/daemon.md",
      )
      .action(() => done({ type: "start", ...common() })),
    "ward start",
  );
}
