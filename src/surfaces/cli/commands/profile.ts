import { profileName } from "./arguments.ts";
import type { CommandSink } from "./sink.ts";

/** `ward profile` and what is below it. */
export function buildProfile({ program, done, common, example }: CommandSink): void {
  const profile = program.command("profile").alias("instance")
    .summary("keep separate wards: work, home, a trial")
    .description(
      "Each profile has its own configuration, workspace, sessions and keys. Which one counts: " +
        "WARD_HOME, then -p, then the one that `use` chose, then default",
    );
  example(profile, "ward profile use work");
  example(
    profile.command("list").summary("list the profiles")
      .description("Prints all profiles; * marks the one that is active")
      .action(() => done({ type: "profile_list", ...common() })),
    "ward profile list",
  );
  example(
    profile.command("show").summary("print where a profile is, and why it is the one")
      .description("Prints the folders of a profile, of the active one without a name")
      .argument("[name]", "name of the profile", profileName)
      .action((name?: string) => done({ type: "profile_show", name: name ?? null, ...common() })),
    "ward profile show",
  );
  example(
    profile.command("use").summary("choose the profile for all commands from now on")
      .description(
        "Makes a profile the active one, and makes it if it is not there yet. A ward " +
          "that runs already stays on its profile",
      )
      .argument("[name]", "name of the profile", profileName)
      .action((name?: string) => done({ type: "profile_use", name: name ?? null, ...common() })),
    "ward profile use work",
  );
  example(
    profile.command("add").summary("make a profile").description("Makes a profile without using it")
      .argument("[name]", "name of the profile", profileName)
      .action((name?: string) => done({ type: "profile_add", name: name ?? null, ...common() })),
    "ward profile add trial",
  );
  example(
    profile.command("rm").summary("remove a profile and all that is in it")
      .description(
        "Removes its configuration, workspace, sessions and keys. Asks first; refuses " +
          "the default profile, the active one and one that a running ward uses",
      )
      .argument("[name]", "name of the profile", profileName)
      .option("--yes", "do not ask")
      .action((name: string | undefined, options: { yes?: true }) =>
        done({ type: "profile_rm", name: name ?? null, yes: options.yes ?? false, ...common() })
      ),
    "ward profile rm trial",
  );
}
