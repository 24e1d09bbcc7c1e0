/** `ward backup`: encrypted copies of a profile's state, and what is in them. */
import { print, type ProfileContext } from "../context.ts";
import { readSecret } from "../secrets.ts";
import { createBackup } from "../../backup/create.ts";
import { checkBackup, type CheckedBackup } from "../../backup/check.ts";
import { BACKUPS } from "../../backup/profile_state.ts";
import { statePlaces } from "../../keys/state_places.ts";
import { prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { BACKUP_ENDING, type BackupKey } from "../../../host/backup/archive_format.ts";
import { opensWith, readHeader } from "../../../host/backup/read_archive.ts";
import { absolutePath } from "../../../host/files/user_path.ts";
import {
  checkPassphrase,
  databaseExists,
  type DatabaseKey,
  findDatabaseKey,
} from "../../../host/keys/database_key.ts";
import { systemClock } from "../../../host/process/system.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import {
  formatBackup,
  formatBackups,
  type ListedBackup,
} from "../../../surfaces/cli/format/format_backup.ts";

/** Makes one. */
export async function backupCreate(
  command: Extract<ParsedCommand, { type: "backup_create" }>,
  context: ProfileContext,
): Promise<number> {
  const { paths: { home, dataDir, configPath, profile }, form } = context.profile;
  if (!databaseExists(dataDir)) {
    throw new UsageError("backup.nothing", `There is no state yet in "${dataDir}"`, {
      hint: "Start a conversation first: ward agent",
    });
  }
  const { keyHex } = await keyOf(context);
  const key: BackupKey = command.passphrase
    ? { sealedBy: "passphrase", passphrase: await newPassphrase(context) }
    : { sealedBy: "profile", keyHex };
  const nowMs = systemClock.now();
  const made = await createBackup({
    form,
    home,
    dataDir,
    configPath,
    profile: profile.name,
    keyHex,
    key,
    target: command.file === null ? defaultTarget(context, nowMs) : pathOf(context, command.file),
    nowMs,
  });
  print(context, made, () => "Made and read back: " + formatBackup(made));
  return 0;
}

/** Lists those in the profile's own folder. */
export async function backupList(context: ProfileContext): Promise<number> {
  const key = await keyOf(context).catch(() => null);
  const all = await listBackups(context.profile.paths.home, key);
  print(context, all, () => formatBackups(all));
  return 0;
}

/** Opens one, and looks whether all of it is whole. */
export async function backupVerify(
  given: string | null,
  context: ProfileContext,
): Promise<number> {
  const { paths: { home }, form } = context.profile;
  const file = given === null ? newest(home) : pathOf(context, given);
  const key = await backupKey(file, context);
  const checked: CheckedBackup = await checkBackup({ file, key, form, scratch: home });
  print(context, checked, () => "Whole: " + formatBackup(checked));
  return 0;
}

/** Backups in the folder of a profile, oldest first. */
export async function listBackups(
  home: string,
  key: DatabaseKey | null,
): Promise<ListedBackup[]> {
  const found: ListedBackup[] = [];
  for (const file of filesOf(home)) {
    try {
      const { createdAtMs, sealedBy } = readHeader(file);
      const opens = sealedBy === "passphrase"
        ? null
        : key !== null && await opensWith(file, { sealedBy: "profile", keyHex: key.keyHex });
      found.push({ file, createdAtMs, sizeBytes: Deno.statSync(file).size, sealedBy, opens });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return found.sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/** What opens a backup: the profile's key, or a passphrase that is asked for. */
export async function backupKey(file: string, context: ProfileContext): Promise<BackupKey> {
  const { sealedBy } = readHeader(file);
  if (sealedBy === "passphrase") {
    return { sealedBy, passphrase: await readSecret("Passphrase of the backup", context) };
  }
  const { keyHex } = await keyOf(context);
  return { sealedBy, keyHex };
}

/** A path as typed. */
export function pathOf({ profile }: ProfileContext, path: string): string {
  const base = profile.environment.variables["INIT_CWD"] ?? profile.cwd;
  return absolutePath(path, base, profile.osHome);
}

async function keyOf({ profile }: ProfileContext): Promise<DatabaseKey> {
  const { paths: { home, dataDir }, environment: { variables } } = profile;
  const { keychain } = statePlaces({ home, dataDir, variables });
  return await findDatabaseKey({
    home,
    dataDir,
    variable: variables["WARD_ENCRYPTION_KEY"],
    keychain,
  });
}

async function newPassphrase(context: ProfileContext): Promise<string> {
  const value = await readSecret("Passphrase for the backup", context);
  checkPassphrase(value, "The passphrase");
  if (prompterOf(context) && await readSecret("The same again", context) !== value) {
    throw new UsageError("backup.not_the_same", "The two passphrases are not the same", {
      hint: "Nothing was written; run it again",
    });
  }
  return value;
}

function defaultTarget({ profile: { paths: { home } } }: ProfileContext, nowMs: number): string {
  Deno.mkdirSync(`${home}/${BACKUPS}`, { recursive: true, mode: 0o700 });
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  return `${home}/${BACKUPS}/ward-${stamp}${BACKUP_ENDING}`;
}

function newest(home: string): string {
  const last = filesOf(home).at(-1);
  if (last !== undefined) return last;
  throw new UsageError("backup.none", "There is no backup in this profile", {
    hint: "Make one: ward backup. To check one elsewhere: ward backup verify <file>",
  });
}

/** Their names begin with the time. */
function filesOf(home: string): string[] {
  try {
    return [...Deno.readDirSync(`${home}/${BACKUPS}`)]
      .filter(({ name, isFile }) => isFile && name.endsWith(BACKUP_ENDING))
      .map(({ name }) => `${home}/${BACKUPS}/${name}`).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
