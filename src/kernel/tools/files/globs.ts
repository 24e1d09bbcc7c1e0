import picomatch from "picomatch";
import { AppError } from "../../../base/app_error.ts";
import { type CompiledGlob, SKIPPED_FOLDERS } from "../../../model/cells/hands.ts";
import { normalizePath } from "../../../model/cells/paths.ts";

/** Longer patterns are not compiled. */
const MAX_PATTERN = 500;

/** No negation and no extended globs: they are rare, and can be made to take for ever. */
const OPTIONS = { dot: true, nonegate: true, noextglob: true };

/**
 * Compiles a glob: one without a slash is matched against names in all folders, another against
 * the path. Its fixed beginning is split off, so that only that folder is walked and touched.
 *
 * @param pattern As the model wrote it.
 * @param folder Absolute folder that it is relative to.
 * @throws {AppError} `files.bad_pattern`.
 */
export function compileGlob(
  pattern: string,
  folder: string,
): { folder: string; glob: CompiledGlob } {
  if (!pattern.includes("/")) return { folder, glob: compileName(pattern) };
  const scanned = picomatch.scan(checked(pattern));
  const cut = scanned.isGlob ? scanned.base : pattern.slice(0, pattern.lastIndexOf("/"));
  // An escaped character in the fixed part is left to the expression.
  if (cut.includes("\\")) return { folder, glob: compilePath(pattern) };
  const base = pattern.startsWith("/") && cut === "" ? "/" : cut;
  const rest = scanned.isGlob ? scanned.glob : pattern.slice(pattern.lastIndexOf("/") + 1);
  return { folder: normalizePath(base, folder), glob: compilePath(rest || "*") };
}

/** Compiles the filter of a search: by name without a slash, else by path. */
export function compileInclude(pattern: string): CompiledGlob {
  return pattern.includes("/") ? compilePath(pattern) : compileName(pattern);
}

/** Folders that are skipped unless named, and that these words name. */
export function namedFolders(...texts: readonly string[]): string[] {
  const parts = new Set(texts.flatMap((text) => text.split("/")));
  return SKIPPED_FOLDERS.filter((name) => name !== ".git" && parts.has(name));
}

function compileName(pattern: string): CompiledGlob {
  return { regex: picomatch.makeRe(checked(pattern), OPTIONS).source, on: "name" };
}

function compilePath(pattern: string): CompiledGlob {
  const relative = pattern.replace(/^\.\//, "");
  return { regex: picomatch.makeRe(checked(relative), OPTIONS).source, on: "path" };
}

function checked(pattern: string): string {
  if (pattern === "" || pattern.length > MAX_PATTERN || pattern.includes("\0")) {
    throw new AppError(
      "files.bad_pattern",
      `Cannot use the pattern: it must have 1 to ${MAX_PATTERN} characters`,
    );
  }
  return pattern;
}
