import { hasGitShape } from "./git_folder.ts";
import { PROTECTED_NAMES } from "../model/paths.ts";

/** Folders looked into at most, so that a home with a million folders still starts. */
const MAX_FOLDERS = 20_000;

/** Lower-case names: editors on case-insensitive systems take either case. */
const NAMES = new Set(PROTECTED_NAMES.map((name) => name.toLowerCase()));

/** A protected entry of a folder. */
export interface ProtectedEntry {
  /** Absolute path. */
  readonly path: string;
  readonly entry: Deno.DirEntry;
  /** `bare`: a folder of another name that git takes for a repository. */
  readonly kind: "name" | "git" | "bare";
}

/** See {@linkcode protectedWalk}. */
export interface ProtectedWalk {
  readonly found: readonly ProtectedEntry[];
  /** Folders that were not looked into because the bound was reached. */
  readonly unseenFolders: number;
}

/**
 * Finds the entries of a folder whose content acts outside later, parents before children. Only
 * names are read; neither links nor protected folders are entered.
 *
 * @param root Absolute real path.
 * @param maxFolders Folders looked into at most.
 */
export function protectedWalk(root: string, maxFolders: number = MAX_FOLDERS): ProtectedWalk {
  const found: ProtectedEntry[] = [];
  const queue = [root];
  let looked = 0;
  for (; looked < queue.length && looked < maxFolders; looked++) {
    const folder = queue[looked]!;
    let entries: Deno.DirEntry[];
    try {
      entries = [...Deno.readDirSync(folder)];
    } catch {
      // Not readable for us is not readable for the cell either.
      continue;
    }
    if (hasGitShape(new Set(entries.map((entry) => entry.name)))) {
      const name = folder.slice(folder.lastIndexOf("/") + 1);
      const entry = { name, isDirectory: true, isFile: false, isSymlink: false };
      found.push({ path: folder, entry, kind: "bare" });
    }
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      const name = entry.name.toLowerCase();
      if (name === ".git") found.push({ path, entry, kind: "git" });
      else if (NAMES.has(name)) found.push({ path, entry, kind: "name" });
      else if (entry.isDirectory) queue.push(path);
    }
  }
  return { found, unseenFolders: queue.length - looked };
}
