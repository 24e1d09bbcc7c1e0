/** Makes a backup of a profile while others work in it. */
import { checkBackup, type CheckedBackup } from "./check.ts";
import { type Manifest, NAMES, withStoreThread, withWorkFolder } from "./profile_state.ts";
import type { Form } from "../start/code_base.ts";
import { VERSION } from "../start/version.ts";
import { AppError, UsageError } from "../../base/app_error.ts";
import { type BackupKey, newHeader } from "../../host/backup/archive_format.ts";
import { type ArchiveEntry, writeArchive } from "../../host/backup/write_archive.ts";
import { exists } from "../../host/files/file_exists.ts";
import { syncFolder } from "../../host/files/file_lock.ts";

/** What {@linkcode createBackup} needs. */
export interface CreateBackupParams {
  readonly form: Form;
  readonly home: string;
  readonly dataDir: string;
  readonly configPath: string;
  readonly profile: string | null;
  /** Key of the database, 64 hex digits. */
  readonly keyHex: string;
  /** What the backup is sealed by. */
  readonly key: BackupKey;
  /** Absolute path; nothing may be there. */
  readonly target: string;
  readonly nowMs: number;
}

/**
 * Writes the state as it is between two transactions. The file has its name only once it was read
 * back and found whole.
 *
 * @throws {UsageError} `backup.exists`.
 * @throws {AppError} `backup.audit`: not a failure of the backup; those of the store and the disk.
 */
export async function createBackup(params: CreateBackupParams): Promise<CheckedBackup> {
  const { form, home, dataDir, configPath, keyHex, key, target, nowMs } = params;
  if (exists(target)) throw taken(target);
  const beside = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await withWorkFolder(
      dataDir,
      (folder) =>
        withStoreThread(form, dataDir, async (store, module) => {
          await store.copyOut({ dataDir, module, keyHex, to: folder });
          await store.release();
          const shared = { folder, module, keyHex, newKeyHex: keyHex, entries: [] };
          const { rows } = await store.sealCopy(shared);
          const { profile } = params;
          const manifest: Manifest = { version: 1, ward: VERSION, profile, keyHex, rows };
          const entries: ArchiveEntry[] = [
            { name: NAMES.manifest, content: JSON.stringify(manifest) },
            { name: NAMES.database, content: { path: `${folder}/${NAMES.database}` } },
            { name: NAMES.audit, content: { path: `${folder}/${NAMES.audit}` } },
            ...textOf(NAMES.secrets, `${home}/${NAMES.secrets}`),
            ...textOf(NAMES.config, configPath),
          ];
          await writeArchive(beside, { header: newHeader(key.sealedBy, nowMs), key, entries });
        }),
    );
    const checked = await checkBackup({ file: beside, key, form, scratch: home });
    // A link fails where a file is already, which a rename would replace.
    place(beside, target);
    await note(params, checked);
    return { ...checked, file: target };
  } finally {
    if (exists(beside)) Deno.removeSync(beside);
  }
}

async function note(
  { form, dataDir, keyHex, key, target }: CreateBackupParams,
  { rows }: CheckedBackup,
): Promise<void> {
  await withStoreThread(form, dataDir, async (store, module) => {
    await store.open({ dataDir, module, keyHex });
    const detail = { file: target, sealedBy: key.sealedBy, messages: rows["messages"] ?? 0 };
    await store.appendAudit([{ kind: "backup", sessionId: null, subject: "backup made", detail }]);
  });
}

function textOf(name: string, path: string): ArchiveEntry[] {
  try {
    return [{ name, content: Deno.readTextFileSync(path) }];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function place(beside: string, target: string): void {
  try {
    Deno.linkSync(beside, target);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw taken(target);
    // A disk without links, such as a stick: the name was free a moment ago.
    Deno.renameSync(beside, target);
  }
  if (Deno.build.os !== "windows") syncFolder(target.slice(0, target.lastIndexOf("/")) || "/");
}

function taken(target: string): AppError {
  return new UsageError("backup.exists", `There is already a file "${target}"`, {
    hint: "Give another name; ward writes over no backup",
  });
}
