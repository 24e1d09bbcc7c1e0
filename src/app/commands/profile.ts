/** `ward profile list/show/use/add/rm`: separate homes of one user. */
import { argumentOr, prompterOf } from "../prompting.ts";
import { print, type ProfileContext } from "./context.ts";
import { directKeychain, keychainPrograms } from "../keys/keychain.ts";
import { secretsOf } from "../keys/secrets.ts";
import { UsageError } from "../../base/app_error.ts";
import { exists } from "../../host/files/file_exists.ts";
import {
  activeProfilePath,
  readActiveProfile,
  writeActiveProfile,
} from "../../host/profiles/active_profile.ts";
import {
  hasProfile,
  listProfiles,
  makeProfile,
  removeProfile,
} from "../../host/profiles/profile_folders.ts";
import { takeHome } from "../../host/profiles/profile_lock.ts";
import { nearest } from "../../kernel/settings/nearest.ts";
import {
  DEFAULT_PROFILE,
  profileHome,
  profileNameProblem,
  type ProfileSource,
} from "../../model/profile.ts";
import type { ProfileCommand } from "../../surfaces/cli/parsed_command.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";
import { revealHidden, sanitizeTerminal } from "../../surfaces/cli/sanitize_terminal.ts";
import {
  formatProfile,
  formatProfiles,
  type ProfileReport,
} from "../../surfaces/cli/format/format_profile.ts";

/** Lists the profiles, the active one marked. */
export function profileList(context: ProfileContext): number {
  const base = baseOf(context);
  const { name: active, home } = context.profile.paths.profile;
  const profiles = listProfiles(base).map((name) => ({
    name,
    home: profileHome(base, name),
    active: choiceHolds(context) && name === active,
  }));
  // A home that WARD_HOME names may be none of them.
  const elsewhere = active === null ? home : null;
  print(context, { profiles, elsewhere }, () => formatProfiles(profiles, elsewhere));
  sayProblem(context);
  return 0;
}

/** Prints the folders of a profile; of the active one also why it is the one. */
export function profileShow(name: string | null, context: ProfileContext): number {
  const { paths, choiceError } = context.profile;
  const { profile } = paths;
  if (name === null && choiceError) throw choiceError;
  const isActive = choiceHolds(context) && (name === null || name === profile.name);
  const home = isActive ? profile.home : profileHome(baseOf(context), known(context, name!));
  const report: ProfileReport = {
    name: isActive ? profile.name : name,
    active: isActive,
    source: isActive ? profile.source : null,
    home,
    config: isActive ? paths.configPath : `${home}/config.toml`,
    data: isActive ? paths.dataDir : `${home}/data`,
  };
  print(context, report, () => formatProfile(report, sourceText(context, report.source)));
  return 0;
}

/** Makes a profile the active one of every ward that starts from now on. */
export async function profileUse(given: string | null, context: ProfileContext): Promise<number> {
  const base = baseOf(context);
  const name = await nameOr(given, context, "use", async (prompter, names) => {
    const items = names.map((one) => ({ label: one, value: one as string | null }));
    const title = "Profile to use";
    const chosen = await prompter.choose({
      title,
      items: [...items, { label: "a new one", value: null }],
      at: names.indexOf(context.profile.paths.profile.name ?? DEFAULT_PROFILE),
    });
    return chosen ?? await newName(prompter);
  });
  const made = !hasProfile(base, name);
  if (made) makeProfile(base, name);
  writeActiveProfile(base, name);
  const home = profileHome(base, name);
  const text = `${
    made ? `Made profile "${name}" in ${revealHidden(home)}\n` : ""
  }Active profile: ${name}\n`;
  print(context, { name, home, made }, () => text);
  const { source } = context.profile.paths.profile;
  if (source === "variable") {
    context.stderr.write("! WARD_HOME is set and wins: unset it to use the profile\n");
  }
  return 0;
}

/** Makes a profile. */
export async function profileAdd(given: string | null, context: ProfileContext): Promise<number> {
  const base = baseOf(context);
  const name = await nameOr(given, context, "add", newName);
  if (hasProfile(base, name)) {
    throw new UsageError("profile.exists", `There is a profile "${name}" already`, {
      hint: `Use it once with -p ${name}, or always: ward profile use ${name}`,
    });
  }
  makeProfile(base, name);
  const home = profileHome(base, name);
  print(context, { name, home }, () => `Made profile "${name}" in ${revealHidden(home)}\n`);
  return 0;
}

/** Removes a profile that nobody uses, once the user has said so. */
export async function profileRemove(
  command: Extract<ProfileCommand, { type: "profile_rm" }>,
  context: ProfileContext,
): Promise<number> {
  const base = baseOf(context);
  const name = known(
    context,
    await nameOr(command.name, context, "rm", (prompter, names) => {
      const others = names.filter((one) => one !== DEFAULT_PROFILE);
      if (others.length > 0) return chooseName("Profile to remove", prompter, others);
      throw new UsageError("profile.none", "There is no profile but the default one");
    }),
  );
  const refuse = (code: string, why: string, hint: string) =>
    new UsageError(code, `Cannot remove profile "${name}": ${why}`, { hint });
  if (name === DEFAULT_PROFILE) {
    throw refuse(
      "profile.is_default",
      "it is the default one, and all others lie in it",
      `To remove everything of ward, delete "${base}"`,
    );
  }
  const { profile } = context.profile.paths;
  const { variables } = context.profile.environment;
  if (stickyOrNull(base) === name || (choiceHolds(context) && profile.name === name)) {
    throw refuse("profile.is_active", "it is the active one", "First: ward profile use default");
  }
  const home = profileHome(base, name);
  const lock = await takeHome(home);
  if (lock === null) {
    throw refuse("profile.in_use", "a running ward uses it", "End that ward first");
  }
  using _ = lock;
  const content = "its configuration, workspace, sessions and keys";
  if (!command.yes) {
    const prompter = prompterOf(context);
    if (prompter === null) {
      throw refuse(
        "profile.not_confirmed",
        `${content} would be lost`,
        `To remove it without a question: ward profile rm ${name} --yes`,
      );
    }
    const title = `Remove profile "${name}" with ${content} in ${home}?`;
    if (!await prompter.confirm({ title })) {
      context.stderr.write("Nothing was removed\n");
      return 1;
    }
  }
  const forget = keychainEntries(context, home);
  removeProfile(base, name);
  for (const entry of forget) {
    if (await directKeychain(entry, { variables, home })?.remove()) continue;
    const what = entry === undefined ? "the database key" : `the secret "${entry}"`;
    context.stderr.write(`! The keychain did not let go of ${what} of "${revealHidden(home)}"\n`);
  }
  print(context, { removed: name, home }, () => `Removed profile "${name}"\n`);
  return 0;
}

/** What the keychain holds of a profile: names of secrets; undefined stands for the database's key. */
function keychainEntries({ profile }: ProfileContext, home: string): (string | undefined)[] {
  const paths = { ...profile.paths, home, dataDir: `${home}/data` };
  let names: string[] = [];
  try {
    names = secretsOf({ ...profile, paths }).list().filter(({ kept }) => kept === "keychain")
      .map(({ name }) => name);
  } catch {
    // A broken list names nothing, and goes with the profile.
  }
  // The file is only there where the keychain was not used.
  const isDatabase = exists(`${home}/data/ward.db`) && !exists(`${home}/database.key`) &&
    keychainPrograms().length > 0 && !profile.environment.variables["WARD_ENCRYPTION_KEY"];
  return isDatabase ? [undefined, ...names] : names;
}

function baseOf({ profile }: ProfileContext): string {
  if (profile.paths.base !== null) return profile.paths.base;
  throw new UsageError("home.unknown", "Profiles are kept in your home folder: HOME is not set", {
    hint: "Set HOME; WARD_HOME alone names one home without profiles",
  });
}

/** Whether the profile that was chosen is there; else the default one stands in for it. */
function choiceHolds({ profile }: ProfileContext): boolean {
  return profile.choiceError === null;
}

function sayProblem({ profile, stderr }: ProfileContext): void {
  const { choiceError } = profile;
  if (!choiceError) return;
  const hint = choiceError.hint === undefined ? "" : `. ${choiceError.hint}`;
  stderr.write(`! ${sanitizeTerminal(choiceError.message + hint)}\n`);
}

/** The name as given; left out in a terminal, one of the profiles or a new one. */
function nameOr(
  given: string | null,
  context: ProfileContext,
  verb: string,
  pick: (prompter: Prompter, names: readonly string[]) => Promise<string>,
): Promise<string> {
  return argumentOr(context, given, {
    name: "<name>",
    usage: `ward profile ${verb} <name>`,
    ask: (prompter) => pick(prompter, listProfiles(baseOf(context))),
  });
}

function chooseName(title: string, prompter: Prompter, names: readonly string[]) {
  return prompter.choose({ title, items: names.map((name) => ({ label: name, value: name })) });
}

function newName(prompter: Prompter): Promise<string> {
  return prompter.text({ title: "Name of the profile", check: profileNameProblem });
}

function known(context: ProfileContext, name: string): string {
  const base = baseOf(context);
  if (hasProfile(base, name)) return name;
  const all = listProfiles(base);
  const near = nearest(name, all);
  throw new UsageError("profile.unknown", `There is no profile "${name}"`, {
    hint: near === null ? `There are: ${all.join(", ")}` : `Did you mean ${near}?`,
  });
}

function stickyOrNull(base: string): string | null {
  try {
    return readActiveProfile(base);
  } catch {
    return null;
  }
}

function sourceText(context: ProfileContext, source: ProfileSource | null): string {
  const { base } = context.profile.paths;
  switch (source) {
    case "variable":
      return "WARD_HOME names it";
    case "flag":
      return "the command line names it";
    case "sticky":
      return `${base === null ? "active_profile" : activeProfilePath(base)} names it`;
    default:
      return "nothing else was chosen";
  }
}
