/**
 * Finds what in a workspace must be read-only or absent in a cell. Runs in the kernel's process
 * before the cell starts, when nothing of the cell can run yet; names are read, and of content only
 * git's own configuration.
 */
import { exists } from "../files/file_exists.ts";
import { MASKED_IN_HOME, within } from "../../model/cells/paths.ts";
import { ACTING_ENTRIES, namedByConfig } from "./git_folder.ts";
import { type ProtectedEntry, protectedWalk } from "./protected_walk.ts";
import type { Mount } from "../../model/cells/cell.ts";

/** What the walk found. */
export interface ProtectedPaths {
  /** Mounts over the workspace: writable ones first, parents before children. */
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
    ({ path, entry, kind }): Mount[] => {
      if (kind === "unnamed") return [];
      // A link cannot be mounted over, what it leads to can.
      const target = entry.isSymlink ? realTarget(root, path) : path;
      if (target === null || options.allowed.has(target)) return [];
      if (kind === "socket") return [{ path, mode: "masked-file" }];
      if (kind === "closed") return path === root ? [] : [{ path, mode: "masked-dir" }];
      if (kind === "name") return [{ path: target, mode: "read" }];
      const named = entry.isFile ? [] : namedByConfig(target, parentOf(path))
        .filter(exists).map((one) => Deno.realPathSync(one))
        .filter((one) => one !== root && within(root, one) && !within(target, one))
        .map((one): Mount => ({ path: one, mode: "read" }));
      return [...gitMounts(target, entry.isFile, kind, options.gitWrite), ...named];
    },
  );
  // A folder mounted later would lie over what is read-only below it.
  const writable = mounts.filter(({ mode, path }) => mode === "write" && path !== root);
  const others = mounts.filter(({ mode }) => mode !== "write");
  return { mounts: [...writable, ...others], unseenFolders };
}

/** Sockets below a folder that is only read: connecting is no writing (unix(7)). */
export function maskedSockets(root: string): Mount[] {
  return protectedWalk(root).found.filter(({ kind }) => kind === "socket")
    .map(({ path }): Mount => ({ path, mode: "masked-file" }));
}

/** Where a link leads, when that is below the root; what is outside is not in the cell anyway. */
function realTarget(root: string, link: string): string | null {
  try {
    const real = Deno.realPathSync(link);
    return real !== root && within(root, real) ? real : null;
  } catch {
    return null;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/**
 * `.git` is read-only as a whole, and its own mount point, so that it cannot be renamed away.
 * With `gitWrite`, and in a repository of another name, all but what starts programs or points
 * elsewhere is writable.
 */
function gitMounts(
  path: string,
  isFile: boolean,
  kind: ProtectedEntry["kind"],
  gitWrite: boolean,
): Mount[] {
  if (isFile || (kind === "git" && !gitWrite)) return [{ path, mode: "read" }];
  return [
    { path, mode: "write" },
    ...ACTING_ENTRIES.map((name) => `${path}/${name}`).filter(exists)
      .map((one): Mount => ({ path: one, mode: "read" })),
  ];
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
