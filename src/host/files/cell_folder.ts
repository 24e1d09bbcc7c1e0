/** The folder for temporary files of a cell that has no mounts of its own. */
import type { Mount } from "../../model/cells/cell.ts";

/** Folders of cells that nobody removed, because ward was killed, are kept so long. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** See {@linkcode makeCellFolder}. */
export interface CellFolder {
  /** Absolute. */
  readonly path: string;
  /** Itself, and in it a read-only folder by which the cell proves that it holds. */
  readonly mounts: readonly Mount[];
  /** Removes it; what a program still holds there stays until it is old. */
  remove(): void;
}

/** Folder of all of them. */
export function cellFolders(dataDir: string): string {
  return `${dataDir}/cells`;
}

/**
 * Makes one (0700), and removes those of killed wards.
 *
 * @param dataDir Absolute real path.
 */
export function makeCellFolder(dataDir: string, nowMs: number): CellFolder {
  const all = cellFolders(dataDir);
  const path = `${all}/${crypto.randomUUID()}`;
  // As `heldIn` of the proof names it.
  const held = `${path}/proof/held`;
  Deno.mkdirSync(held, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${held}/file`, "", { mode: 0o600 });
  for (const { name } of Deno.readDirSync(all)) {
    try {
      const made = Deno.lstatSync(`${all}/${name}`).mtime?.getTime() ?? nowMs;
      if (made < nowMs - KEPT_MS) Deno.removeSync(`${all}/${name}`, { recursive: true });
    } catch {
      // Another process was faster.
    }
  }
  return {
    path,
    mounts: [{ path, mode: "write" }, { path: held, mode: "read" }],
    remove() {
      try {
        Deno.removeSync(path, { recursive: true });
      } catch {
        // A program that outlived its cell made something meanwhile.
      }
    },
  };
}
