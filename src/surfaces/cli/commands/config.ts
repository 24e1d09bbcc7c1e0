import type { CommandSink } from "./sink.ts";

/** `ward config` and what is below it. */
export function buildConfig({ program, done, common, example }: CommandSink): void {
  const config = program.command("config").summary("show and change the configuration")
    .description("Works on config.toml of this profile, also when it is broken");
  example(config, "ward config set limits.iterations 100");
  example(
    config.command("get").summary("print the values in force")
      .description("Prints one value, a table or all; a key written out is never shown")
      .argument("[key]", "key such as limits.iterations, or a table such as limits")
      .action((key?: string) => done({ type: "config_get", key: key ?? null, ...common() })),
    "ward config get limits.iterations",
  );
  example(
    config.command("set").summary("change one value; comments stay")
      .argument("[key]", "key such as limits.iterations")
      .argument("[value...]", "value; each word of a list by itself")
      .option("--yes", "also where the change opens ward up")
      .action((key: string | undefined, value: string[], options: { yes?: true }) =>
        done({
          type: "config_set",
          key: key ?? null,
          value: value.length > 0 ? value : null,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    'ward config set commands.allow "git status" ls',
  );
  example(
    config.command("unset").summary("take a key out: its default counts again")
      .argument("[key]", "key or table that is in the file")
      .action((key?: string) => done({ type: "config_unset", key: key ?? null, ...common() })),
    "ward config unset model.name",
  );
  example(
    config.command("check").summary("check config.toml; 2 when it is wrong")
      .action(() => done({ type: "config_check", ...common() })),
    "ward config check",
  );
  example(
    config.command("example").summary("print every key with default and description")
      .action(() => done({ type: "config_example", ...common() })),
    "ward config example > ~/.ward/config.toml",
  );
  example(
    config.command("edit").summary("change config.toml in your editor, checked on close")
      .option("--yes", "also where the change opens ward up")
      .action((options: { yes?: true }) =>
        done({ type: "config_edit", yes: options.yes ?? false, ...common() })
      ),
    "EDITOR=nano ward config edit",
  );
  example(
    config.command("restore").summary("put a backup back; the five newest are kept")
      .argument("[backup]", "name of a backup, or latest")
      .option("--yes", "also where the change opens ward up")
      .action((backup: string | undefined, options: { yes?: true }) =>
        done({
          type: "config_restore",
          backup: backup ?? null,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    "ward config restore latest",
  );
  example(
    config.command("path").summary("print the path of config.toml")
      .action(() => done({ type: "config_path", ...common() })),
    "ward config path",
  );
}
