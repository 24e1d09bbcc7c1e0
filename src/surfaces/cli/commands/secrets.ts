import type { CommandSink } from "./sink.ts";

/** `ward secrets` and what is below it. */
export function buildSecrets({ program, done, common, example }: CommandSink): void {
  const secrets = program.command("secrets").summary("save keys of services")
    .description("Saves keys in the system's keychain, or sealed in a file where there is none")
    .action(() => done({ type: "secrets_list", ...common() }));
  example(secrets, "ward secrets set openai");
  example(
    secrets.command("set").summary("save one; it is typed unseen, or piped in")
      .argument("[name]", "name of the provider it is for, or one that config.toml uses")
      // Taken, so that no error message repeats a key that was given by mistake.
      .argument("[more...]", "nothing: a key never stands on the command line")
      .action((name: string | undefined, more: string[]) =>
        done({ type: "secrets_set", name: name ?? null, hasMore: more.length > 0, ...common() })
      ),
    "ward secrets set openai < key.txt",
  );
  example(
    secrets.command("list").summary("list names and where each is kept")
      .action(() => done({ type: "secrets_list", ...common() })),
    "ward secrets list",
  );
  example(
    secrets.command("rm").summary("remove one of the saved keys").argument(
      "[name]",
      "name of the secret",
    )
      .action((name?: string) => done({ type: "secrets_rm", name: name ?? null, ...common() })),
    "ward secrets rm openai",
  );
  example(
    secrets.command("rotate-key").summary("change the key of the database")
      .description(
        "Puts the state of the profile under a new key, kept where the present one is. With " +
          "WARD_ENCRYPTION_KEY set, asks for its next value",
      )
      .option("-y, --yes", "do not ask")
      .action((flags: { yes?: true }) =>
        done({ type: "secrets_rotate", yes: flags.yes ?? false, ...common() })
      ),
    "ward secrets rotate-key",
  );
}
