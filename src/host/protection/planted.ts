/**
 * What a writing call left in a workspace that would act outside later: new editor, agent or git
 * files that no mount could cover because they did not exist. They are set aside under another
 * name, which nothing reads, and named to the user.
 */
import { within } from "../../model/cells/paths.ts";
import { exists } from "../files/file_exists.ts";
import { ACTING_ENTRIES, isRepositoryArmed, namedByConfig } from "./git_folder.ts";
import { protectedWalk } from "./protected_walk.ts";

/** Ending of a name that was set aside. */
export const SET_ASIDE = ".blocked-by-ward";

/** Entries of a repository that may be new where a folder of the name was not there before. */
const NEW_ENTRIES = ACTING_ENTRIES.filter((name) => name !== "modules" && name !== "worktrees");

/** Keys of git whose value is a file or folder that acts. */
const PATH_KEYS = /^(?:hookspath|path|fsmonitor)$/i;

/** In place of an identity: a folder whose name is no UTF-8, which no call of ours can name. */
const UNNAMED = "unnamed";

/** What a folder held. */
export interface ProtectedState {
  /** Identity by absolute path. */
  readonly entries: ReadonlyMap<string, string>;
  /** Whether all folders were looked into. */
  readonly complete: boolean;
}

/** What is looked for besides the names that count everywhere. */
interface Look {
  /** Paths that ward itself is started by. @default [] */
  readonly own?: readonly string[];
  /** Folders looked into at most. */
  readonly maxFolders?: number | undefined;
  /** Whether a closed folder is opened. */
  readonly open?: (folder: string) => boolean;
}

/**
 * The protected entries of a folder, with what tells one from a replacement.
 *
 * @param root Absolute real path.
 */
export function protectedEntries(root: string, look: Look = {}): ProtectedState {
  const entries = new Map<string, string>();
  const note = (path: string) => {
    if (path === root || !within(root, path)) return;
    try {
      const info = Deno.lstatSync(path);
      entries.set(path, info.isSymlink ? linkIdentity(path) : `inode ${info.ino}`);
    } catch {
      // Gone again.
    }
  };
  const { found, unseenFolders } = protectedWalk(root, look.maxFolders, look.open);
  for (const { path, entry, kind } of found) {
    if (kind === "socket") continue;
    if (kind === "unnamed") entries.set(path, UNNAMED);
    note(kind === "bare" ? `${path}/HEAD` : path);
    if ((kind === "git" || kind === "bare") && entry.isDirectory) {
      NEW_ENTRIES.forEach((name) => note(`${path}/${name}`));
      // A folder of hooks that is named but not there yet.
      namedByConfig(path, path.slice(0, path.lastIndexOf("/")), PATH_KEYS).forEach(note);
    }
  }
  look.own?.forEach(note);
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
 * Nothing of the cell may run any more: it could exchange a folder of a path for a link.
 *
 * @param allowed Entries that a grant names.
 * @param own As for {@linkcode protectedEntries}, the same as before.
 * @returns Paths as they were; `left` are those that could not be set aside.
 */
export function setPlantedAside(
  root: string,
  before: ProtectedState,
  allowed: ReadonlySet<string>,
  own: readonly string[] = [],
): { planted: string[]; left: string[] } {
  const planted: string[] = [];
  const left: string[] = [];
  const { entries } = protectedEntries(root, {
    own,
    maxFolders: before.complete ? Infinity : undefined,
    open: (folder) => !before.entries.has(folder),
  });
  for (const [path, identity] of entries) {
    if (before.entries.get(path) === identity || allowed.has(path)) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    const name = path.slice(folder.length + 1);
    // A new repository is as harmless as its parts; its parts are those of the whole.
    if (name.toLowerCase() === ".git" && !isRepositoryArmed(path)) continue;
    if (name === "HEAD" && (before.entries.has(path) || !isRepositoryArmed(folder))) continue;
    if (isNewRepository(folder, name, before.entries)) continue;
    if (identity === UNNAMED && exists(folder)) left.push(path);
    // Its parent was set aside with it.
    if (!exists(path)) continue;
    (setAside(folder, path) ? planted : left).push(path);
  }
  return { planted, left };
}

/** Renames to a free name, whatever the cell put in the way or closed. */
function setAside(folder: string, path: string): boolean {
  const plain = path + SET_ASIDE;
  const target = exists(plain) ? `${plain}-${crypto.randomUUID().slice(0, 8)}` : plain;
  for (let tries = 0; tries < 2; tries++) {
    try {
      Deno.renameSync(path, target);
      return true;
    } catch {
      try {
        Deno.chmodSync(folder, 0o700 | (Deno.statSync(folder).mode ?? 0) & 0o777);
      } catch {
        return false;
      }
    }
  }
  return false;
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
