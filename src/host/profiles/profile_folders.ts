/** The folders of named profiles: listed, made, removed. */
import { AppError, UsageError } from "../../base/app_error.ts";
import {
  DEFAULT_PROFILE,
  profileHome,
  profileNameProblem,
  profilesFolder,
} from "../../model/profile.ts";
import { realOrNull } from "../files/user_path.ts";

/** Beginning of the name of a profile whose removal is under way; no profile may be called so. */
const REMOVED = ".removed-";

/**
 * Names of the profiles of a user, `default` first, the others sorted.
 *
 * @param base Ward's folder in the user's home.
 */
export function listProfiles(base: string): string[] {
  return [DEFAULT_PROFILE, ...named(base).filter((name) => isFolder(profileHome(base, name)))];
}

function named(base: string): string[] {
  try {
    return [...Deno.readDirSync(profilesFolder(base))].map(({ name }) => name)
      .filter((name) => name !== DEFAULT_PROFILE && profileNameProblem(name) === null).sort();
  } catch {
    return [];
  }
}

/** Whether a profile is there; the default one always is. */
export function hasProfile(base: string, name: string): boolean {
  return name === DEFAULT_PROFILE || isFolder(profileHome(base, name));
}

/**
 * Makes a profile.
 *
 * @throws {UsageError} `profile.exists`.
 */
export function makeProfile(base: string, name: string): void {
  const path = profileHome(base, name);
  try {
    Deno.mkdirSync(profilesFolder(base), { recursive: true, mode: 0o700 });
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new UsageError("profile.exists", `Cannot make profile "${name}": "${path}" is there`, {
      cause: error,
      hint: "Choose another name, or switch to it: ward profile use " + name,
    });
  }
}

/**
 * Removes a profile with everything in it. From the first moment on it is gone under its name;
 * what an interrupted removal left behind goes with the next one.
 *
 * @throws {UsageError} `profile.linked` when the folder is a link: what it leads to is not ours.
 * @throws {AppError} `profile.not_removed` when something in it cannot be removed.
 */
export function removeProfile(base: string, name: string): void {
  const path = profileHome(base, name);
  const folder = profilesFolder(base);
  if (Deno.lstatSync(path).isSymlink) {
    throw new UsageError("profile.linked", `Cannot remove profile "${name}": "${path}" is a link`, {
      hint: "Remove the link, and what it leads to, by hand",
    });
  }
  Deno.renameSync(path, `${folder}/${REMOVED}${name}-${crypto.randomUUID().slice(0, 8)}`);
  for (const entry of [...Deno.readDirSync(folder)]) {
    if (!entry.name.startsWith(REMOVED)) continue;
    const left = `${folder}/${entry.name}`;
    try {
      Deno.removeSync(left, { recursive: true });
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) continue;
      throw new AppError("profile.not_removed", `Could not remove all of "${left}"`, {
        cause,
        hint: "Remove that folder by hand",
      });
    }
  }
}

/**
 * What ward keeps for all profiles of a user, as real paths: no cell and no tool of any profile
 * may reach it. Profile folders and data folders that are links lead elsewhere and count too.
 *
 * @param base Ward's folder in the user's home.
 */
export function ownFolders(base: string): string[] {
  const homes = [base, ...named(base).map((name) => profileHome(base, name))];
  const places = homes.flatMap((home) => [home, `${home}/data`, `${home}/config.toml`])
    .flatMap((path) => realOrNull(path) ?? []);
  return [...new Set(places)];
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
