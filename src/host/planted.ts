/**
 * What a writing call left in a workspace that would act outside later: new editor, agent or git
 * files that no mount could cover because they did not exist. They are set aside under another
 * name, which nothing reads, and named to the user.
 */
import { protectedWalk } from "./protected_walk.ts";

/** Ending of a name that was set aside. */
export const SET_ASIDE = ".blocked-by-ward";

/** Entries of `.git` that point elsewhere or start programs. */
const GIT_ENTRIES = ["commondir", "config.worktree"];

/**
 * The protected entries of a folder, with what tells one from a replacement.
 *
 * @param root Absolute real path.
 * @returns Identity by absolute path.
 */
export function protectedEntries(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const note = (path: string) => {
    try {
      const info = Deno.lstatSync(path);
      found.set(path, info.isSymlink ? "link " + Deno.readLinkSync(path) : `inode ${info.ino}`);
    } catch {
      // Gone again.
    }
  };
  for (const { path, entry, isGit } of protectedWalk(root).found) {
    note(path);
    if (isGit && entry.isDirectory) GIT_ENTRIES.forEach((inner) => note(`${path}/${inner}`));
  }
  return found;
}

/**
 * Sets aside what is new since `before`.
 *
 * @param allowed Entries that a grant names.
 * @returns Paths as they were.
 */
export function setPlantedAside(
  root: string,
  before: ReadonlyMap<string, string>,
  allowed: ReadonlySet<string>,
): string[] {
  const planted: string[] = [];
  for (const [path, identity] of protectedEntries(root)) {
    if (before.get(path) === identity || allowed.has(path)) continue;
    // A link may be replaced by the same link, and a new repository is as harmless as its parts.
    if (path.endsWith("/.git") && !isArmed(path)) continue;
    try {
      Deno.renameSync(path, path + SET_ASIDE);
      planted.push(path);
    } catch {
      // Its parent was set aside with it.
    }
  }
  return planted;
}

/** Keys of a git configuration that start programs or read elsewhere. */
const ARMED_KEYS =
  /^\s*(fsmonitor|hookspath|pager|editor|sshcommand|askpass|gitproxy|external|command|textconv|clean|smudge|process|helper|program|driver|worktree|path)\s*=/im;

/** Whether a new `.git` could start something: a hook that is no sample, a key that runs, a link. */
function isArmed(path: string): boolean {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isDirectory) return true;
    const config = Deno.readTextFileSync(`${path}/config`);
    if (ARMED_KEYS.test(config) || /^\s*\[\s*include/im.test(config)) return true;
    for (const hook of Deno.readDirSync(`${path}/hooks`)) {
      if (!hook.name.endsWith(".sample")) return true;
    }
    return GIT_ENTRIES.some((name) => {
      try {
        Deno.lstatSync(`${path}/${name}`);
        return true;
      } catch {
        return false;
      }
    });
  } catch (error) {
    // No config or no hooks folder arms nothing; anything unreadable does.
    return !(error instanceof Deno.errors.NotFound);
  }
}
