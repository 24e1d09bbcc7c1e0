/** `ward profile list/show/use/add/rm`: separate homes of one user. */
import { print, type ProfileContext } from "./context.ts";
import { UsageError } from "../../base/app_error.ts";
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
import { DEFAULT_PROFILE, profileHome, type ProfileSource } from "../../model/profile.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
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
export function profileUse(given: string | null, context: ProfileContext): number {
  const base = baseOf(context);
  const name = required(given, "use");
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
export function profileAdd(given: string | null, context: ProfileContext): number {
  const base = baseOf(context);
  const name = required(given, "add");
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
  command: Extract<ParsedCommand, { type: "profile_rm" }>,
  context: ProfileContext,
): Promise<number> {
  const base = baseOf(context);
  const name = known(context, required(command.name, "rm"));
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
  if (stickyOrNull(base) === name || (choiceHolds(context) && profile.name === name)) {
    throw refuse("profile.is_active", "it is the active one", "First: ward profile use default");
  }
  const home = profileHome(base, name);
  using lock = await takeHome(home);
  if (lock === null) {
    throw refuse("profile.in_use", "a running ward uses it", "End that ward first");
  }
  const content = "its configuration, workspace, sessions and keys";
  if (!command.yes) {
    if (!context.input.isTerminal || context.json) {
      throw refuse(
        "profile.not_confirmed",
        `${content} would be lost`,
        `To remove it without a question: ward profile rm ${name} --yes`,
      );
    }
    if (
      !await confirm(
        context,
        `Remove profile "${name}" with ${content} in ${revealHidden(home)}? [y/N] `,
      )
    ) {
      context.stderr.write("Nothing was removed\n");
      return 1;
    }
  }
  removeProfile(base, name);
  print(context, { removed: name, home }, () => `Removed profile "${name}"\n`);
  return 0;
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

function required(name: string | null, verb: string): string {
  if (name !== null) return name;
  throw new UsageError("cli.missing_argument", "Missing argument <name>", {
    hint: `Usage: ward profile ${verb} <name>`,
  });
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

async function confirm({ stderr, input }: ProfileContext, question: string): Promise<boolean> {
  stderr.write(question);
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const bytes = await input.read();
    if (bytes === null) break;
    text += decoder.decode(bytes, { stream: true });
  }
  return /^\s*(?:y|yes)\s*$/i.test(text);
}
