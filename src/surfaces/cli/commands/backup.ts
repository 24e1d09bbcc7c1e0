import type { CommandSink } from "./sink.ts";

/** `ward backup`, what is below it, and `ward restore`. */
export function buildBackup({ program, done, common, example }: CommandSink): void {
  const backup = program.command("backup").summary("make encrypted backups of the state")
    .description("Writes sessions, grants, audit log, sealed keys and config.toml to one file");
  const create = (file: string | undefined, flags: { passphrase?: true }) =>
    done({
      type: "backup_create",
      file: file ?? null,
      passphrase: flags.passphrase ?? false,
      ...common(),
    });
  backup.option("--passphrase", "seal it by a passphrase, so that it opens on any machine")
    .action((flags: { passphrase?: true }) => create(undefined, flags));
  example(backup, "ward backup");
  example(
    backup.command("create").summary("make one, also while ward is at work")
      .argument("[file]", "where to; left out: state-backups/ of the profile")
      .option("--passphrase", "seal it by a passphrase, so that it opens on any machine")
      .action((file: string | undefined, flags: { passphrase?: true }) =>
        create(file, { ...backup.opts<{ passphrase?: true }>(), ...flags })
      ),
    "ward backup create /mnt/stick/ward.wardbackup --passphrase",
  );
  example(
    backup.command("list").summary("list those of the profile, and what opens them")
      .action(() => done({ type: "backup_list", ...common() })),
    "ward backup list",
  );
  example(
    backup.command("verify").summary("open one and check all of it")
      .argument("[file]", "the backup; left out: the newest of the profile")
      .action((file?: string) => done({ type: "backup_verify", file: file ?? null, ...common() })),
    "ward backup verify",
  );
  example(
    program.command("restore").summary("put the state of a backup in place")
      .description(
        "Puts the state of a backup in the place of the profile's, which is kept aside. Grants " +
          "come back as they were then",
      )
      .argument("[file]", "the backup")
      .option("--config", "put config.toml back too where there is one")
      .option("-y, --yes", "do not ask")
      .action((file: string | undefined, flags: { config?: true; yes?: true }) =>
        done({
          type: "restore",
          file: file ?? null,
          config: flags.config ?? false,
          yes: flags.yes ?? false,
          ...common(),
        })
      ),
    "ward restore ~/.ward/state-backups/ward-2026-11-27T10-00-00-000Z.wardbackup",
  );
}
