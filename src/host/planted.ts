/**
 * What a writing call left in a workspace that would act outside later: new editor, agent or git
 * files that no mount could cover because they did not exist. They are set aside under another
 * name, which nothing reads, and named to the user.
 */
import { ACTING_ENTRIES, isRepositoryArmed } from "./git_folder.ts";
import { protectedWalk } from "./protected_walk.ts";

/** Ending of a name that was set aside. */
export const SET_ASIDE = ".blocked-by-ward";

/** Entries of a repository that may be new where a folder of the name was not there before. */
const NEW_ENTRIES = ACTING_ENTRIES.filter((name) => name !== "modules" && name !== "worktrees");

/** What a folder held. */
export interface ProtectedState {
  /** Identity by absolute path. */
  readonly entries: ReadonlyMap<string, string>;
  /** Whether all folders were looked into. */
  readonly complete: boolean;
}

/**
 * The protected entries of a folder, with what tells one from a replacement.
 *
 * @param root Absolute real path.
 * @param maxFolders Folders looked into at most.
 */
export function protectedEntries(root: string, maxFolders?: number): ProtectedState {
  const entries = new Map<string, string>();
  const note = (path: string) => {
    try {
      const info = Deno.lstatSync(path);
      entries.set(path, info.isSymlink ? linkIdentity(path) : `inode ${info.ino}`);
    } catch {
      // Gone again.
    }
  };
  const { found, unseenFolders } = protectedWalk(root, maxFolders);
  for (const { path, entry, kind } of found) {
    note(kind === "bare" ? `${path}/HEAD` : path);
    if (kind !== "name" && entry.isDirectory) {
      NEW_ENTRIES.forEach((name) => note(`${path}/${name}`));
    }
  }
  return { entries, complete: unseenFolders === 0 };
}

/** Text and target: the same link may lead to something else by now. */
function linkIdentity(path: string): string {
  let target: number | null = null;
  try {
    target = Deno.statSync(path).ino;
  } catch {
    // Leads nowhere.
  }
  return `link ${Deno.readLinkSync(path)} ${target}`;
}

/**
 * Sets aside what is new since `before`. When all folders were seen before, all are looked into
 * now, however many the cell has made: behind a bound it could hide.
 *
 * @param allowed Entries that a grant names.
 * @returns Paths as they were.
 */
export function setPlantedAside(
  root: string,
  before: ProtectedState,
  allowed: ReadonlySet<string>,
): string[] {
  const planted: string[] = [];
  const { entries } = protectedEntries(root, before.complete ? Infinity : undefined);
  for (const [path, identity] of entries) {
    if (before.entries.get(path) === identity || allowed.has(path)) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    const name = path.slice(folder.length + 1);
    // A new repository is as harmless as its parts; its parts are those of the whole.
    if (name.toLowerCase() === ".git" && !isRepositoryArmed(path)) continue;
    if (name === "HEAD" && (before.entries.has(path) || !isRepositoryArmed(folder))) continue;
    if (isNewRepository(folder, name, before.entries)) continue;
    try {
      Deno.renameSync(path, path + SET_ASIDE);
      planted.push(path);
    } catch {
      // Its parent was set aside with it.
    }
  }
  return planted;
}

/** Whether the entry is a part of a repository that was not there before. */
function isNewRepository(
  folder: string,
  name: string,
  before: ReadonlyMap<string, string>,
): boolean {
  return (NEW_ENTRIES as readonly string[]).includes(name) && !before.has(folder) &&
    !before.has(`${folder}/HEAD`);
}
