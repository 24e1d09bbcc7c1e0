import { UsageError } from "../../base/app_error.ts";
import { realOrNull, shellWord } from "./user_path.ts";

/** The config file as it stands on disk. */
export interface ConfigFile {
  /** null: there is none. */
  readonly text: string | null;
  /** Why nothing may run by it: others decide what it says (`config_file.exposed`). */
  readonly exposed: UsageError | null;
  readonly warnings: readonly string[];
}

/** A config larger than this is a mistake; reading stops there. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads `config.toml`. Never writes.
 *
 * @param path Absolute path; a missing file is not an error.
 * @param home Real path of ward's home: who may not look into it cannot read a file in it.
 * @throws {UsageError} `config_file.unreadable`, `config_file.too_large`, `config_file.not_text`.
 */
export function readConfigFile(path: string, home: string): ConfigFile {
  let bytes: Uint8Array;
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
    if (!info.isFile) throw unreadable(path, "it is not a file", undefined);
    if (info.size > MAX_BYTES) {
      throw new UsageError("config_file.too_large", `Cannot read "${path}": larger than 1 MB`, {
        hint: "Check that this is ward's configuration",
      });
    }
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Deno.errors.NotFound) return { text: null, exposed: null, warnings: [] };
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
  const exposed = exposure(path, info);
  const isReadable = !exposed && info.mode !== null && (info.mode & 0o044) !== 0 &&
    !isShielded(path, home);
  const warnings = isReadable
    ? [`Other users can read "${path}"; run chmod 600 ${shellWord(path)}`]
    : [];
  return { text, exposed, warnings };
}

/**
 * Whoever can write the file decides what runs unasked and where keys go. A closed folder above is
 * no excuse: what stands in it now may have been written before it was closed, or come by a link.
 */
function exposure(path: string, { mode, uid }: Deno.FileInfo): UsageError | null {
  const own = Deno.uid();
  if (uid !== null && own !== null && uid !== own && uid !== 0) {
    return exposedBy(path, `it belongs to user ${uid}, ward runs as ${own}`, `sudo chown ${own}`);
  }
  if (mode === null || (mode & 0o022) === 0) return null;
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  return exposedBy(path, `other users can change it (mode ${octal})`, "chmod 600");
}

function exposedBy(path: string, why: string, mend: string): UsageError {
  return new UsageError("config_file.exposed", `Cannot use "${path}": ${why}`, {
    hint: `Look it over (\`ward config get\` shows it), then run ${mend} ${shellWord(path)}`,
  });
}

function isShielded(path: string, home: string): boolean {
  if (!realOrNull(path)?.startsWith(home + "/")) return false;
  const { mode } = Deno.statSync(home);
  return mode !== null && (mode & 0o055) === 0;
}

function unreadable(path: string, why: string, cause: unknown): UsageError {
  return new UsageError("config_file.unreadable", `Cannot read "${path}": ${why}`, {
    cause,
    hint: "Correct its permissions, or name another file with WARD_CONFIG",
  });
}
