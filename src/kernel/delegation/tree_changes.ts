/** What an agent changed in its copy of the workspace. */
import { diffOf } from "../tools/files/results.ts";
import type { TreeFile, TreeOther } from "../../model/cells/hands.ts";

/** A file that differs. */
export interface TreeChange {
  /** Relative to the workspace. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
  /** Digest of the file that was copied; null: there was none. */
  readonly before: string | null;
  readonly executable: boolean;
  /** Whether the file that was copied was; false where there was none. */
  readonly wasExecutable: boolean;
  /** Bytes of the new content. */
  readonly bytes: number;
}

/** Names of what ward itself set aside. */
const SET_ASIDE = /\.blocked-by-ward(?:-\d+)?$/;

/**
 * Whether a path that a cell named stays below its folder, and on its line where it is shown: with a
 * line end in it, it could pass for further rows of what a person says yes to.
 */
export function isInner(path: string): boolean {
  return path !== "" && !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(path) && path.length <= 4096 &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/**
 * Differences, in order of paths. Paths that lead out, and what was set aside, are left out.
 *
 * @param others What is no file any more: it was not removed, and what is there is not brought back.
 */
export function treeChanges(
  before: readonly TreeFile[],
  after: readonly TreeFile[],
  others: readonly TreeOther[] = [],
): TreeChange[] {
  const replaced = new Set(others.map(({ path }) => path));
  const old = new Map(before.map((file) => [file.path, file]));
  const now = new Map(after.map((file) => [file.path, file]));
  const changes: TreeChange[] = [];
  for (const { path, digest, executable, bytes } of after) {
    const was = old.get(path);
    if (was?.digest === digest && was.executable === executable) continue;
    const kind = was ? "changed" : "added";
    const wasExecutable = was?.executable ?? false;
    changes.push({ path, kind, before: was?.digest ?? null, executable, wasExecutable, bytes });
  }
  for (const { path, digest, executable } of before) {
    if (now.has(path) || replaced.has(path)) continue;
    const wasExecutable = executable;
    changes.push({ path, kind: "removed", before: digest, executable, wasExecutable, bytes: 0 });
  }
  return changes.filter(({ path }) => isInner(path) && !SET_ASIDE.test(path))
    .sort((a, b) => a.path < b.path ? -1 : 1);
}

/** A change on one line, with what becomes of its right to be run. */
export function changeRow({ kind, path, executable, wasExecutable }: TreeChange): string {
  const mode = kind === "removed" || executable === wasExecutable
    ? ""
    : executable
    ? kind === "added" ? " (executable)" : " (now executable)"
    : " (no longer executable)";
  return `${kind} ${path}${mode}`;
}

/**
 * What an agent made that is not brought back, a line each: links, other special files, and files
 * that are too large.
 *
 * @param before What was copied.
 * @param unnamable Files whose names are in no row.
 */
export function notBrought(
  before: readonly TreeFile[],
  after: readonly TreeOther[],
  unnamable: number,
): string[] {
  const files = new Set(before.map(({ path }) => path));
  const words = { link: "a link", large: "too large", other: "a special file" } as const;
  const lines = after.filter(({ path }) => isInner(path))
    .map(({ path, kind }) =>
      `not brought back: ${path} is ${words[kind]}${
        files.has(path) ? ", in place of a file, which stays" : ""
      }`
    ).sort();
  if (unnamable === 0) return lines;
  return [...lines, `not brought back: ${unnamable} files whose names do not stand on a line`];
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
    const head = changeRow(change);
    if (diff !== undefined) return `${head}\n${diff}`;
    const isSame = isText && kind === "changed" && texts.before === texts.after;
    return `${head}: ${isSame ? "same content" : `${after?.length ?? 0} bytes, not shown`}\n`;
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
