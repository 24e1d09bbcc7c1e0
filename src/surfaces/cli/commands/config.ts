import type { CommandSink } from "./sink.ts";

/** `ward config` and what is below it. */
export function buildConfig({ program, done, common, example }: CommandSink): void {
  const config = program.command("config").summary("show and change the configuration")
    .description("Works on config.toml of this profile, also when it is broken");
  example(
    config.command("path").summary("print the path of config.toml")
      .action(() => done({ type: "config_path", ...common() })),
    "ward config path",
  );
}
