/**
 * Changes of `config.toml` on disk: one process at a time, the old text kept as a backup, the new
 * one written whole.
 */
import { lockedFile } from "./file_lock.ts";
import { createHash } from "node:crypto";
import { UsageError } from "../../base/app_error.ts";
import type { Clock } from "../../kernel/ports.ts";
import { readConfigFile } from "./config_file.ts";
import { writeWhole } from "./write_whole.ts";

/** Backups that are kept. */
const KEPT = 5;

/** Where the file and its backups are. */
export interface ConfigPlace {
  readonly home: string;
  readonly configPath: string;
}

/** A backup of the configuration. */
export interface ConfigBackup {
  /** `2026-11-27T02-30-00.000Z`: when it was replaced. */
  readonly name: string;
  readonly path: string;
}

/** What was done to the file. */
export interface ConfigChange {
  /** False: it had that text already. */
  readonly changed: boolean;
  /** Backup of the text before; null when there was no file. */
  readonly backup: string | null;
}

/** Backups of a configuration, newest first. */
export function listBackups(place: ConfigPlace): ConfigBackup[] {
  const folder = backupFolder(place);
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return names.filter((name) => /^\d{4}-\d\d-\d\dT[\d.-]+Z(?:-\d+)?\.toml$/.test(name)).sort()
    .reverse().map((name) => ({ name: name.slice(0, -".toml".length), path: `${folder}/${name}` }));
}

/**
 * Reads the file, lets its text be changed, keeps a backup (0600, the newest five) and writes it.
 *
 * @param change Gets the text, empty when there is no file; gives the new text, null for no
 * change. What it throws leaves everything as it is.
 * @throws {UsageError} As `readConfigFile`.
 */
export async function changeConfig(
  place: ConfigPlace,
  clock: Clock,
  change: (text: string) => string | null,
): Promise<ConfigChange> {
  const { home, configPath } = place;
  using _ = await lockedFile(`${home}/config.lock`);
  const { text } = readConfigFile(configPath, home);
  const after = change(text ?? "");
  if (after === null || after === (text ?? "")) return { changed: false, backup: null };
  const backup = text === null ? null : keep(place, text, new Date(clock.now()).toISOString());
  writeWhole(configPath, after);
  return { changed: true, backup };
}

/** The text is not the one that a change was made from. */
export function changedMeanwhile(path: string): UsageError {
  return new UsageError("config_file.changed", `"${path}" was changed by somebody else meanwhile`, {
    hint: "Look at it and try again; nothing was changed",
  });
}

function keep(place: ConfigPlace, text: string, time: string): string {
  const folder = backupFolder(place);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = time.replaceAll(":", "-");
  const taken = new Set(listBackups(place).map(({ name }) => name));
  let name = stamp;
  // Two changes within a millisecond.
  for (let count = 1; taken.has(name); count++) name = `${stamp}-${count}`;
  writeWhole(`${folder}/${name}.toml`, text);
  for (const { path } of listBackups(place).slice(KEPT)) Deno.removeSync(path);
  return `${folder}/${name}.toml`;
}

/** A file named by WARD_CONFIG has backups of its own. */
function backupFolder({ home, configPath }: ConfigPlace): string {
  if (configPath === `${home}/config.toml`) return `${home}/backups/config`;
  const key = createHash("sha256").update(configPath).digest("hex").slice(0, 16);
  return `${home}/backups/config-${key}`;
}
