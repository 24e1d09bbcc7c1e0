/**
 * Where a path really leads, and a clear word when that is outside. These checks are for messages:
 * what holds is the mount namespace and Deno's lists (in REDUCED mode: the lists and the guard).
 */
import { AppError } from "../../../base/app_error.ts";
import { normalizePath } from "../../../model/cells/paths.ts";
import { errno, linkOutsideError, outsideError, quote, toFileError } from "./file_error.ts";
import type { PathMode } from "./file_error.ts";

/** Refuses, by throwing, a path that may not be touched. */
export type PathGuard = (path: string, mode: PathMode) => void;

/** Links followed at most, as on Linux. */
const MAX_LINKS = 40;

/** Where a path leads, and whether there is something. */
export interface RealPath {
  readonly path: string;
  readonly exists: boolean;
}

/**
 * The path with all links resolved, also when its last parts do not exist yet.
 *
 * @param path Absolute.
 * @throws {AppError} `files.bad_path`, `files.outside`, `files.loop`, or by the system's error.
 */
export function realPathOf(path: string, mode: PathMode, links = 0): RealPath {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new AppError("files.bad_path", `Cannot ${mode} ${quote(path)}: the path is not valid`);
  }
  if (links > MAX_LINKS) {
    throw new AppError("files.loop", `Cannot ${mode} ${quote(path)}: its links lead in a circle`);
  }
  try {
    return { path: Deno.realPathSync(path), exists: true };
  } catch (error) {
    if (errno(error) !== "ENOENT" || path === "/") throw toFileError(error, path, mode);
  }
  const { folder, name } = split(path);
  const target = linkTarget(path);
  if (target !== null) {
    const next = target.startsWith("/") ? target : `${folder}/${target}`;
    try {
      return realPathOf(next, mode, links + 1);
    } catch (error) {
      if (!isOutside(error)) throw error;
      throw linkOutsideError(path, normalizePath(next, "/"), mode);
    }
  }
  const parent = parentOf(folder, path, mode, links);
  // `missing/../x` would mean something else once `missing` is made.
  if (name === ".." || name === ".") {
    throw new AppError("files.not_found", `Cannot ${mode} ${quote(path)}: it does not exist`);
  }
  return { path: join(parent.path, name), exists: false };
}

/**
 * Resolves a path and refuses what leads outside.
 *
 * @param path Absolute.
 * @throws {AppError} `files.outside`, `files.link_outside` or another `files.*`.
 */
export function resolvePath(path: string, mode: PathMode, guard?: PathGuard): RealPath {
  guard?.(path, mode);
  const real = realPathOf(path, mode);
  if (real.path !== path && !permitted(real.path, mode)) {
    if (!permitted(path, mode)) throw outsideError(path, mode);
    throw linkOutsideError(path, real.path, mode);
  }
  if (!real.exists && mode === "read") {
    const target = linkTarget(path);
    throw new AppError(
      "files.not_found",
      `Cannot read ${quote(path)}: ` +
        (target === null ? "it does not exist" : `it is a link to ${quote(target)}, which is gone`),
      { hint: "List the folder to see what is there" },
    );
  }
  return real;
}

/** Folder and last name of an absolute path. */
export function split(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf("/");
  return { folder: path.slice(0, at) || "/", name: path.slice(at + 1) };
}

/** A name below a folder. */
export function join(folder: string, name: string): string {
  if (name === "") return folder;
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

function parentOf(folder: string, path: string, mode: PathMode, links: number): RealPath {
  try {
    return realPathOf(folder, mode, links);
  } catch (error) {
    // Above the lists nothing can be looked at: the path that was asked for is what is outside.
    throw isOutside(error) ? outsideError(path, mode) : error;
  }
}

function isOutside(error: unknown): boolean {
  return error instanceof AppError && error.code === "files.outside";
}

function linkTarget(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}

function permitted(path: string, mode: PathMode): boolean {
  return Deno.permissions.querySync({ name: mode, path }).state === "granted";
}
