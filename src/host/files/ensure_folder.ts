import { UsageError } from "../../base/app_error.ts";

/**
 * Makes a folder of ward's where it is missing (0700), and tries whether it can be written.
 *
 * @throws {UsageError} `home.not_a_folder`, `home.not_writable`.
 */
export function ensureFolder(path: string): { path: string; mode: number | null } {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const isFile = error instanceof Deno.errors.AlreadyExists ||
      error instanceof Deno.errors.NotADirectory || isNotFolder(path);
    throw new UsageError(
      isFile ? "home.not_a_folder" : "home.not_writable",
      isFile
        ? `Cannot use "${path}" as ward's folder: a file is in the way`
        : `Cannot make "${path}": permission denied or the disk is read-only`,
      {
        cause: error,
        hint: isFile
          ? "Move the file away, or set WARD_HOME to another folder"
          : "Set WARD_HOME to a folder you can write",
      },
    );
  }
  const real = Deno.realPathSync(path);
  try {
    const probe = Deno.makeTempFileSync({ dir: real, prefix: ".probe-" });
    Deno.removeSync(probe);
  } catch (error) {
    throw new UsageError("home.not_writable", `Cannot write into "${real}"`, {
      cause: error,
      hint: "Make it yours, or set WARD_HOME to a folder you can write",
    });
  }
  return { path: real, mode: Deno.statSync(real).mode };
}

function isNotFolder(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
