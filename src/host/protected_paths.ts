/**
 * Finds what in a workspace must be read-only or absent in a cell. Runs in the kernel's process
 * before the cell starts, when nothing of the cell can run yet; only names are read, no content.
 */
import { exists } from "./file_exists.ts";
import { MASKED_IN_HOME } from "../model/paths.ts";
import { protectedWalk } from "./protected_walk.ts";
import type { Mount } from "../model/cell.ts";

/** What the walk found. */
export interface ProtectedPaths {
  /** Mounts over the workspace, parents before children. */
  readonly mounts: readonly Mount[];
  /** Folders not looked into because the bound was reached. */
  readonly unseenFolders: number;
}

/**
 * Walks a folder that the cell may write.
 *
 * @param root Absolute real path.
 * @param options `gitWrite`: `.git` may be written but for what starts programs. `allowed`:
 *   protected entries that a grant names.
 */
export function protectedPaths(
  root: string,
  options: { gitWrite: boolean; allowed: ReadonlySet<string> },
): ProtectedPaths {
  const { found, unseenFolders } = protectedWalk(root);
  const mounts = found.filter(({ path }) => !options.allowed.has(path)).flatMap(
    ({ path, entry, isGit }): Mount[] => {
      if (isGit) return gitMounts(path, entry, options.gitWrite);
      // A link cannot be mounted over; replacing one is caught by the look afterwards.
      return entry.isSymlink ? [] : [{ path, mode: "read" }];
    },
  );
  return { mounts, unseenFolders };
}

/**
 * `.git` is read-only as a whole, and its own mount point, so that it cannot be renamed away.
 * With `gitWrite` all but what starts programs or points elsewhere is writable.
 */
function gitMounts(path: string, entry: Deno.DirEntry, gitWrite: boolean): Mount[] {
  if (entry.isSymlink) return [];
  if (!gitWrite || !entry.isDirectory) return [{ path, mode: "read" }];
  const mounts: Mount[] = [{ path, mode: "write" }];
  for (const name of ["config", "config.worktree", "hooks", "commondir", "modules", "worktrees"]) {
    if (exists(`${path}/${name}`)) mounts.push({ path: `${path}/${name}`, mode: "read" });
  }
  return mounts;
}

/** Keys, keyrings and browser profiles below a home that a cell would otherwise see. */
export function maskedPaths(home: string, root: string, allowed: ReadonlySet<string>): Mount[] {
  const mounts: Mount[] = [];
  for (const name of MASKED_IN_HOME) {
    const path = `${home}/${name}`;
    if (!path.startsWith(root + "/") || allowed.has(path)) continue;
    try {
      const info = Deno.lstatSync(path);
      if (info.isDirectory) mounts.push({ path, mode: "masked-dir" });
      else if (info.isFile) mounts.push({ path, mode: "masked-file" });
    } catch {
      // Not there.
    }
  }
  return mounts;
}
