/** Opens a backup and looks whether all of it is whole. */
import { NAMES, parseManifest, withStoreThread, withWorkFolder } from "./profile_state.ts";
import type { Form } from "../start/code_base.ts";
import type { BackupHeader, BackupKey } from "../../host/backup/archive_format.ts";
import { readArchive, readHeader } from "../../host/backup/read_archive.ts";
import { AppError } from "../../base/app_error.ts";

/** What is in a backup that was found whole. */
export interface CheckedBackup {
  readonly file: string;
  readonly createdAtMs: number;
  readonly sealedBy: BackupHeader["sealedBy"];
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** What is wrong with its audit log; null: nothing. */
  readonly auditProblem: string | null;
  readonly hasSecrets: boolean;
  readonly hasConfig: boolean;
}

/**
 * Checks a backup: every piece, every page, the rows that it says it has, the audit chain.
 *
 * @param scratch An existing folder for an encrypted copy, removed afterwards.
 * @throws {AppError} `backup.*`, `store.corrupt`, `store.copy_broken`.
 */
export async function checkBackup(
  { file, key, form, scratch }: {
    readonly file: string;
    readonly key: BackupKey;
    readonly form: Form;
    readonly scratch: string;
  },
): Promise<CheckedBackup> {
  const { createdAtMs, sealedBy } = readHeader(file);
  return await withWorkFolder(scratch, async (folder) => {
    const texts = await readArchive(file, key, {
      [NAMES.manifest]: null,
      [NAMES.database]: `${folder}/${NAMES.database}`,
      [NAMES.audit]: `${folder}/${NAMES.audit}`,
      [NAMES.secrets]: null,
      [NAMES.config]: null,
    });
    const { keyHex, rows: wanted } = parseManifest(texts[NAMES.manifest], file);
    const { rows, audit } = await withStoreThread(
      form,
      folder,
      (store, module) => store.sealCopy({ folder, module, keyHex, newKeyHex: keyHex, entries: [] }),
    );
    if (Object.entries(wanted).some(([table, count]) => rows[table] !== count)) {
      throw new AppError("backup.broken", `"${file}" does not hold the rows that it says`, {
        hint: "Take another backup",
      });
    }
    return {
      file,
      createdAtMs,
      sealedBy,
      rows,
      auditProblem: audit.ok ? null : audit.reason,
      hasSecrets: texts[NAMES.secrets] !== undefined,
      hasConfig: texts[NAMES.config] !== undefined,
    };
  });
}
