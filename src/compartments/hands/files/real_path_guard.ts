/**
 * REDUCED mode: no sandbox, so links are resolved and compared with the lists before a file is
 * opened. A race remains between this look and the opening (41,241 of 110,382 were lost when it was
 * measured): that is why REDUCED is named in every answer, and why the cell's mounts, not this, hold
 * where there is a sandbox.
 */
import { PROTECTED_NAMES, within } from "../../../model/cells/paths.ts";
import { linkOutsideError, outsideError } from "./file_error.ts";
import { realPathOf } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";

/** Lists of a compartment without a sandbox. */
export interface RealPathGuardLists {
  /** Absolute paths; what may be written may be read. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Absolute paths that no list opens: ward's home inside a workspace. @default [] */
  readonly never?: readonly string[] | undefined;
  /**
   * Names that may not be written below a root of `write`, also not through a link; a root that
   * itself lies at or below such a name allows it. @default `.git` and PROTECTED_NAMES
   */
  readonly protectedNames?: readonly string[] | undefined;
}

/**
 * Makes the check: throws `files.outside` or `files.link_outside` for what the lists do not hold.
 *
 * @param lists What may be touched; links in the roots themselves are resolved once, here.
 */
export function createRealPathGuard(lists: RealPathGuardLists): PathGuard {
  const write = lists.write.map(realRoot);
  const read = [...lists.read.map(realRoot), ...write];
  const never = (lists.never ?? []).map(realRoot);
  const names = new Set(
    (lists.protectedNames ?? [".git", ...PROTECTED_NAMES]).map((name) => name.toLowerCase()),
  );
  return (path, mode) => {
    const real = realPathOf(path, mode).path;
    const allowed = !never.some((root) => within(root, real)) &&
      (mode === "read" ? read : write).some((root) =>
        within(root, real) && (mode === "read" || !namesBelow(root, real, names))
      );
    if (allowed) return;
    throw real === path ? outsideError(path, mode) : linkOutsideError(path, real, mode);
  };
}

function realRoot(root: string): string {
  try {
    return realPathOf(root, "read").path;
  } catch {
    return root;
  }
}

function namesBelow(root: string, path: string, names: ReadonlySet<string>): boolean {
  return path.slice(root.length).split("/").some((name) => names.has(name.toLowerCase()));
}
