import { exists } from "../files/file_exists.ts";
import { hasGitShape } from "./git_folder.ts";
import { PROTECTED_NAMES } from "../../model/cells/paths.ts";

/** Folders looked into at most, so that a home with a million folders still starts. */
const MAX_FOLDERS = 20_000;

/** Lower-case names: editors on case-insensitive systems take either case. */
const NAMES = new Set(PROTECTED_NAMES.map((name) => name.toLowerCase()));

/** A protected entry of a folder. */
export interface ProtectedEntry {
  /** Absolute path. */
  readonly path: string;
  readonly entry: Deno.DirEntry;
  /**
   * `bare`: a folder of another name that git takes for a repository. `socket`: behind it may be a
   * service outside (unix(7)). `closed`: our own folder that cannot be looked into as it is.
   * `unnamed`: a folder whose name is no UTF-8, which cannot be looked into at all.
   */
  readonly kind: "name" | "git" | "bare" | "socket" | "closed" | "unnamed";
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
 * @param open Whether a closed folder may be opened to look into it.
 */
export function protectedWalk(
  root: string,
  maxFolders: number = MAX_FOLDERS,
  open: (folder: string) => boolean = () => false,
): ProtectedWalk {
  const found: ProtectedEntry[] = [];
  const queue = [root];
  let looked = 0;
  for (; looked < queue.length && looked < maxFolders; looked++) {
    const folder = queue[looked]!;
    const entries = readFolder(folder) ?? (open(folder) ? readOpened(folder) : null);
    if (entries === null) {
      // Whoever owns it opens it again whenever they like, in the cell too.
      if (exists(folder)) found.push({ path: folder, entry: folderEntry(folder), kind: "closed" });
      continue;
    }
    if (hasGitShape(new Set(entries.map((entry) => entry.name)))) {
      found.push({ path: folder, entry: folderEntry(folder), kind: "bare" });
    }
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      const name = entry.name.toLowerCase();
      if (name === ".git") found.push({ path, entry, kind: "git" });
      else if (NAMES.has(name)) found.push({ path, entry, kind: "name" });
      else if (entry.isDirectory && entry.name.includes("\ufffd") && !exists(path)) {
        found.push({ path, entry, kind: "unnamed" });
      } else if (entry.isDirectory) queue.push(path);
      else if (!entry.isFile && !entry.isSymlink && isSocket(path)) {
        found.push({ path, entry, kind: "socket" });
      }
    }
  }
  return { found, unseenFolders: queue.length - looked };
}

function readFolder(folder: string): Deno.DirEntry[] | null {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return null;
  }
}

function readOpened(folder: string): Deno.DirEntry[] | null {
  try {
    Deno.chmodSync(folder, 0o700 | (Deno.statSync(folder).mode ?? 0) & 0o777);
  } catch {
    // Somebody else's.
  }
  return readFolder(folder);
}

function folderEntry(folder: string): Deno.DirEntry {
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  return { name, isDirectory: true, isFile: false, isSymlink: false };
}

function isSocket(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false;
  }
}
