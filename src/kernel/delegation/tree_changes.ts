/** What an agent changed in its copy of the workspace. */
import { diffOf } from "../tools/files/results.ts";
import type { TreeFile } from "../../model/cells/hands.ts";

/** A file that differs. */
export interface TreeChange {
  /** Relative to the workspace. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
  /** Digest of the file that was copied; null: there was none. */
  readonly before: string | null;
  readonly executable: boolean;
  /** Bytes of the new content. */
  readonly bytes: number;
}

/** Names of what ward itself set aside. */
const SET_ASIDE = /\.blocked-by-ward(?:-\d+)?$/;

/** Whether a path that a cell named stays below its folder. */
export function isInner(path: string): boolean {
  return path !== "" && !path.includes("\0") && path.length <= 4096 &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** Differences, in order of paths. Paths that lead out, and what was set aside, are left out. */
export function treeChanges(
  before: readonly TreeFile[],
  after: readonly TreeFile[],
): TreeChange[] {
  const old = new Map(before.map((file) => [file.path, file]));
  const now = new Map(after.map((file) => [file.path, file]));
  const changes: TreeChange[] = [];
  for (const { path, digest, executable, bytes } of after) {
    const was = old.get(path);
    if (was?.digest === digest && was.executable === executable) continue;
    const kind = was ? "changed" : "added";
    changes.push({ path, kind, before: was?.digest ?? null, executable, bytes });
  }
  for (const { path, digest, executable } of before) {
    if (now.has(path)) continue;
    changes.push({ path, kind: "removed", before: digest, executable, bytes: 0 });
  }
  return changes.filter(({ path }) => isInner(path) && !SET_ASIDE.test(path))
    .sort((a, b) => a.path < b.path ? -1 : 1);
}

/** A change with both contents; null: there is none. */
export interface TreeContents {
  readonly change: TreeChange;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/** A unified diff of all of them; what is no text, or too much, is named. */
export function treeDiff(contents: readonly TreeContents[]): string {
  return contents.map(({ change, before, after }) => {
    const { path, kind } = change;
    const texts = { before: textOf(before), after: textOf(after) };
    const isText = (before === null || texts.before !== null) &&
      (after === null || texts.after !== null);
    const diff = isText
      ? diffOf(path, kind === "added", {
        atomic: true,
        before: texts.before ?? (kind === "added" ? null : ""),
        after: texts.after ?? "",
      })
      : undefined;
    const mode = change.executable && kind === "added" ? " (executable)" : "";
    const head = `${kind} ${path}${mode}`;
    return diff === undefined
      ? `${head}: ${after?.length ?? 0} bytes, not shown\n`
      : `${head}\n${diff}`;
  }).join("");
}

function textOf(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
