/** The file of a service, and files whose values it is given. */
import { dirname } from "node:path";
import { AppError } from "../../base/app_error.ts";
import { writeWhole } from "./write_whole.ts";

/** The text of a file; null: there is none. @throws {AppError} `service.file`. */
export function readWhole(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw unusable("read", path, error);
  }
}

/** Writes it whole, with the folders above it. @throws {AppError} `service.file`. */
export function writeFileIn(path: string, text: string): void {
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, text, 0o644);
  } catch (error) {
    throw unusable("write", path, error);
  }
}

/** Takes it away; one that is gone is as well. @throws {AppError} `service.file`. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unusable("remove", path, error);
  }
}

function unusable(what: string, path: string, error: unknown): AppError {
  const why = error instanceof Error ? error.name : typeof error;
  return new AppError("service.file", `Cannot ${what} "${path}": ${why}`, {
    cause: error,
    hint: "Check its mode and owner",
  });
}
