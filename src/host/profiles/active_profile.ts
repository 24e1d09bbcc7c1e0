/** The sticky profile: one name in `active_profile`, shared by all profiles of a user. */
import { UsageError } from "../../base/app_error.ts";
import { profileNameProblem } from "../../model/profile.ts";

/** More than this is no name. */
const MAX_BYTES = 256;

/** Path of the file. */
export function activeProfilePath(base: string): string {
  return `${base}/active_profile`;
}

/**
 * The sticky profile's name; null when there is none.
 *
 * @param base Ward's folder in the user's home.
 * @throws {UsageError} `profile.active_broken` when the file holds no name or cannot be read.
 */
export function readActiveProfile(base: string): string | null {
  const path = activeProfilePath(base);
  const broken = (why: string, cause?: unknown) =>
    new UsageError("profile.active_broken", `"${path}" names no profile: ${why}`, {
      cause,
      hint: "Run `ward profile use default`, or remove the file",
    });
  let text: string;
  try {
    if (Deno.statSync(path).size > MAX_BYTES) throw broken("it is too long");
    text = Deno.readTextFileSync(path).trim();
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isMissing) return null;
    throw error instanceof UsageError ? error : broken("it cannot be read", error);
  }
  const problem = profileNameProblem(text);
  if (problem !== null) throw broken(problem);
  return text;
}

/** Makes a profile the sticky one: written beside and renamed, so that no reader sees half of it. */
export function writeActiveProfile(base: string, name: string): void {
  const path = activeProfilePath(base);
  const beside = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    using file = Deno.openSync(beside, { write: true, createNew: true, mode: 0o600 });
    file.writeSync(new TextEncoder().encode(name + "\n"));
    file.syncSync();
    Deno.renameSync(beside, path);
  } catch (error) {
    removeQuietly(beside);
    throw error;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made.
  }
}
