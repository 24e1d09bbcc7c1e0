import { AppError } from "../../../base/app_error.ts";

/** What a file operation was for; decides the words and the grant in the hint. */
export type PathMode = "read" | "write";

/** Code and words by errno. */
const BY_ERRNO: Readonly<Record<string, readonly [code: string, state: string, hint?: string]>> = {
  ENOENT: ["files.not_found", "it does not exist", "List the folder to see what is there"],
  ENOTDIR: ["files.not_a_folder", "a part of the path is a file, not a folder"],
  EISDIR: ["files.is_folder", "it is a folder", "List it instead"],
  EACCES: ["files.denied", "its permissions do not allow it", "Change its mode or owner outside"],
  EPERM: ["files.denied", "the system does not permit it", "Change its mode or owner outside"],
  EROFS: [
    "files.read_only",
    "its file system is read-only",
    "Make it writable, or work in another folder: ward agent -w <folder>",
  ],
  EBUSY: ["files.read_only", "a mount holds it", "Unmount it first"],
  ETXTBSY: ["files.busy", "it is a program that is running", "End that program first"],
  ENOSPC: ["files.no_space", "the disk is full", "Free space, then try again"],
  EDQUOT: ["files.no_space", "the disk quota is used up", "Free space, then try again"],
  EFBIG: ["files.too_large", "it is larger than the limit for files"],
  ENAMETOOLONG: ["files.name_too_long", "the name is too long", "Use a name of at most 255 bytes"],
  ELOOP: ["files.loop", "its links lead in a circle", "Remove one of the links"],
  EMFILE: ["files.too_many_open", "too many files are open", "Try again"],
  ENFILE: ["files.too_many_open", "too many files are open", "Try again"],
  EIO: ["files.io", "the disk reported an error", "Look at the system log"],
  EINVAL: ["files.bad_path", "the path is not valid"],
};

/**
 * A failed file operation as an AppError with a `files.*` code.
 *
 * @param error What was thrown; an AppError is given back as it is.
 * @param path As the caller asked for it.
 */
export function toFileError(error: unknown, path: string, mode: PathMode): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Deno.errors.NotCapable) return outsideError(path, mode);
  const [code, state, hint] = BY_ERRNO[errno(error)] ?? ["files.io", "the system refused"];
  return new AppError(code, `Cannot ${mode} ${quote(path)}: ${state}`, { hint, cause: error });
}

/** The system's name of an error, such as `ENOENT`; empty when there is none. */
export function errno(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    if (typeof error.code === "string") return error.code;
  }
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  return "";
}

/** The path itself is in no list of the compartment. */
export function outsideError(path: string, mode: PathMode): AppError {
  return new AppError(
    "files.outside",
    `Cannot ${mode} ${quote(path)}: it is outside what the cell may ${mode}`,
    { hint: grantHint(path, mode) },
  );
}

/** The path is, or goes through, a link to a place that is in no list of the compartment. */
export function linkOutsideError(path: string, target: string, mode: PathMode): AppError {
  return new AppError(
    "files.link_outside",
    `Cannot ${mode} ${quote(path)}: it is a link to ${quote(target)}, ` +
      "which leads outside what the cell may touch",
    { hint: grantHint(target, mode) },
  );
}

/** A path in a message: control characters escaped, so that a name cannot forge a line. */
export function quote(path: string): string {
  return JSON.stringify(path);
}

function grantHint(path: string, mode: PathMode): string {
  const word = /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `Allow it with: ward permissions grant ${mode} ${word}`;
}
