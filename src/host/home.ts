/**
 * The folders of a profile: ward's home and its data. Checked once at the start;
 * what is refused here never reaches a compartment's permission set.
 */
import { join } from "node:path";
import { UsageError } from "../base/app_error.ts";
import { chooseProfile, type ProfileChoice, profilesFolder } from "../model/profile.ts";
import { outermost, within } from "../model/cells/paths.ts";
import { ensureFolder } from "./files/ensure_folder.ts";
import { readActiveProfile } from "./profiles/active_profile.ts";
import { hasProfile, listProfiles, ownFolders } from "./profiles/profile_folders.ts";
import { absolutePath, realOrNull, shellWord } from "./files/user_path.ts";

/** The profile's folders. */
export interface HomePaths {
  /** Absolute real path of ward's home; exists, mode 0700 when made here. */
  readonly home: string;
  /** `WARD_DATA`, else `<home>/data`; made by the store. */
  readonly dataDir: string;
  /** `WARD_CONFIG`, else `<home>/config.toml`; need not exist. */
  readonly configPath: string;
  /** Which profile it is, and why. */
  readonly profile: ProfileChoice;
  /** Ward's folder in the user's home, real where it exists; null when there is no such home. */
  readonly base: string | null;
  /** Real paths of what ward keeps for the other profiles. */
  readonly others: readonly string[];
  readonly warnings: readonly string[];
  /** Why the active profile is not the one that was chosen; only where nothing is refused. */
  readonly problem?: UsageError | undefined;
}

/** What the folders of a profile follow from. */
interface HomeInputs {
  readonly variables: Readonly<Record<string, string>>;
  readonly osHome: string | null;
  readonly cwd: string;
  /** Name of the profile that the command line gives, checked. @default null */
  readonly profile?: string | null | undefined;
}

/**
 * Finds ward's home, makes it where it is missing, and refuses one that others can change.
 *
 * @param inputs `variables`: those ward took. `osHome`: the user's home folder, null when there
 * is none. `cwd`: what relative variables are relative to.
 * @throws {UsageError} `home.unknown`, `home.not_a_folder`, `home.not_writable`, `home.shared`,
 * `profile.unknown`, `profile.active_broken`.
 */
export function resolveHome(inputs: HomeInputs): HomePaths {
  const first = ensureFolder(wantedHome(inputs));
  const choice = chosenHome(first.path, inputs);
  const folders = [first];
  if (choice.base !== null && choice.profile.home !== first.path) {
    refuseUnknown(choice.base, choice.profile);
    // Whoever can change a folder above can put another one in its place.
    const above = profilesFolder(choice.base);
    folders.push(
      { path: above, mode: Deno.statSync(above).mode },
      ensureFolder(choice.profile.home),
    );
  }
  const warnings: string[] = [];
  for (const { path, mode } of folders) {
    if (mode === null) continue;
    if ((mode & 0o022) !== 0) {
      throw new UsageError("home.shared", `Cannot use "${path}": other users can change it`, {
        hint: `Run chmod 700 ${shellWord(path)}`,
      });
    }
    if ((mode & 0o055) === 0) continue;
    warnings.push(`Other users can look into "${path}"; run chmod 700 ${shellWord(path)}`);
  }
  return { ...pathsBelow(choice, inputs), warnings };
}

/**
 * The same without making or refusing a folder, for what inspects a profile that is broken. Where
 * the active profile is, the default one is meant.
 *
 * @throws {UsageError} `home.unknown`; `profile.unknown` of the command line or a variable.
 */
export function nameHome(inputs: HomeInputs): HomePaths {
  const wanted = wantedHome(inputs);
  const first = realOrNull(wanted) ?? wanted;
  try {
    return { ...namedHome(first, inputs), warnings: [] };
  } catch (error) {
    const isActive = error instanceof UsageError && /^profile\./.test(error.code) &&
      chosenHome(first, inputs, () => null).profile.source === "default";
    if (!isActive) throw error;
    return { ...namedHome(first, inputs, () => null), warnings: [], problem: error };
  }
}

function namedHome(first: string, inputs: HomeInputs, sticky?: () => null) {
  const choice = chosenHome(first, inputs, sticky);
  if (choice.base !== null && choice.profile.home !== first) {
    refuseUnknown(choice.base, choice.profile);
  }
  return pathsBelow(choice, inputs);
}

/** Ward's folder of this user, or what `WARD_HOME` names. */
function wantedHome({ variables, osHome, cwd }: HomeInputs): string {
  const named = variables["WARD_HOME"];
  if (named) return absolutePath(named, cwd, osHome);
  if (osHome) return join(osHome, ".ward");
  throw new UsageError("home.unknown", "Cannot find your home folder: HOME is not set", {
    hint: "Set WARD_HOME to a folder for ward",
  });
}

interface Choice {
  readonly base: string | null;
  readonly profile: ProfileChoice;
}

/**
 * @param first Real path of {@linkcode wantedHome}.
 * @param sticky Name of the active profile. @default what its file says
 */
function chosenHome(
  first: string,
  { variables, osHome, profile }: HomeInputs,
  sticky?: () => null,
): Choice {
  const named = Boolean(variables["WARD_HOME"]);
  const usual = osHome === null ? null : join(osHome, ".ward");
  const base = named ? usual && (realOrNull(usual) ?? usual) : first;
  return {
    base,
    profile: chooseProfile({
      base,
      wardHome: named ? first : null,
      flag: profile ?? null,
      sticky: sticky ?? (() => base === null ? null : readActiveProfile(base)),
    }),
  };
}

function pathsBelow({ base, profile }: Choice, { variables, osHome, cwd }: HomeInputs) {
  const home = realOrNull(profile.home) ?? profile.home;
  const data = variables["WARD_DATA"];
  const config = variables["WARD_CONFIG"];
  const dataDir = data ? absolutePath(data, cwd, osHome) : join(home, "data");
  const mine = [home, realOrNull(dataDir) ?? dataDir];
  return {
    home,
    dataDir,
    configPath: config ? absolutePath(config, cwd, osHome) : join(home, "config.toml"),
    profile: { ...profile, home },
    base,
    others: base === null ? [] : outermost(ownFolders(base))
      .filter((path) => !mine.some((folder) => within(folder, path))),
  };
}

function refuseUnknown(base: string, { name, source }: ProfileChoice): void {
  if (name === null || hasProfile(base, name)) return;
  const all = listProfiles(base).join(", ");
  throw new UsageError("profile.unknown", `There is no profile "${name}"`, {
    hint: source === "sticky"
      ? "It was made the active one and is gone: run `ward profile use default`"
      : `There are: ${all}. To make it: ward profile add ${name}`,
  });
}
