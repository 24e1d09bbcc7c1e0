import { UsageError } from "../../base/app_error.ts";

/** The config file as it stands on disk. */
export interface ConfigFile {
  /** null: there is none. */
  readonly text: string | null;
  readonly warnings: readonly string[];
}

/** A config larger than this is a mistake; reading stops there. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads `config.toml`. Never writes.
 *
 * @param path Absolute path; a missing file is not an error.
 * @param home Ward's home: a file in it is shielded by the folder's own mode.
 * @throws {UsageError} `config_file.unreadable`, `config_file.too_large`, `config_file.not_text`.
 */
export function readConfigFile(path: string, home: string): ConfigFile {
  let bytes: Uint8Array;
  let mode: number | null;
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) throw unreadable(path, "it is not a file", undefined);
    if (info.size > MAX_BYTES) {
      throw new UsageError("config_file.too_large", `Cannot read "${path}": larger than 1 MB`, {
        hint: "Check that this is ward's configuration",
      });
    }
    mode = info.mode;
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Deno.errors.NotFound) return { text: null, warnings: [] };
    throw unreadable(path, "permission denied or a broken disk", error);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError("config_file.not_text", `Cannot read "${path}": it is not UTF-8 text`, {
      cause: error,
      hint: "Save the file as UTF-8",
    });
  }
  const warnings: string[] = [];
  if (mode !== null && (mode & 0o022) !== 0) {
    warnings.push(`Other users can change "${path}"; run chmod 600 on it`);
  } else if (mode !== null && (mode & 0o044) !== 0 && !path.startsWith(home + "/")) {
    warnings.push(`Other users can read "${path}"; run chmod 600 on it`);
  }
  return { text, warnings };
}

function unreadable(path: string, why: string, cause: unknown): UsageError {
  return new UsageError("config_file.unreadable", `Cannot read "${path}": ${why}`, {
    cause,
    hint: "Correct its permissions, or name another file with WARD_CONFIG",
  });
}
