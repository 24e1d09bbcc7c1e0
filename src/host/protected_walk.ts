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
  readonly isGit: boolean;
}

/**
 * Finds the entries of a folder whose content acts outside later, parents before children. Only
 * names are read; neither links nor protected folders are entered.
 *
 * @param root Absolute real path.
 * @returns What was found, and how many folders were not looked into because the bound was reached.
 */
export function protectedWalk(root: string): { found: ProtectedEntry[]; unseenFolders: number } {
  const found: ProtectedEntry[] = [];
  const queue = [root];
  let looked = 0;
  for (; looked < queue.length && looked < MAX_FOLDERS; looked++) {
    const folder = queue[looked]!;
    let entries: Deno.DirEntry[];
    try {
      entries = [...Deno.readDirSync(folder)];
    } catch {
      // Not readable for us is not readable for the cell either.
      continue;
    }
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      const name = entry.name.toLowerCase();
      if (name === ".git" || NAMES.has(name)) found.push({ path, entry, isGit: name === ".git" });
      else if (entry.isDirectory) queue.push(path);
    }
  }
  return { found, unseenFolders: queue.length - looked };
}
