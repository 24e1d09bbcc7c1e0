/**
 * Puts a copy of the state database under another key, and looks whether it is whole. The copy lies
 * in a folder of its own: a crash here loses nothing but the copy.
 */
import { AppError } from "../../../base/app_error.ts";
import type { AuditVerdict } from "../../../model/audit.ts";
import type { Grant } from "../../../model/cells/permission.ts";
import type { CopyReport, SealCopyParams } from "../api.ts";
import { AuditHeadFile, type ChainEnd, GENESIS } from "../audit_head.ts";
import { AuditLog } from "../audit_log.ts";
import { listGrants } from "../rows/grants.ts";
import { schemaVersion } from "../schema.ts";
import { Database } from "../sqlite/database.ts";
import { denoFileSystem, type FileSystem } from "../sqlite/file_system.ts";
import { corruptError, storeError } from "../store_error.ts";

/** See `StoreCopies.sealCopy` in `api.ts`. */
export async function sealCopy(
  { folder, module, keyHex, newKeyHex, entries, withoutGrants = false }: SealCopyParams,
  { files = denoFileSystem, now = Date.now }: {
    readonly files?: FileSystem | undefined;
    readonly now?: (() => number) | undefined;
  } = {},
): Promise<CopyReport> {
  const path = `${folder}/ward.db`;
  // Nobody else knows the copy.
  const open = (key: string) =>
    Database.open({ module, folder, keyHex: key, files, isLocked: () => true });
  let database: Database | null = null;
  try {
    database = await open(keyHex);
    schemaVersion(database);
    const head = new AuditHeadFile(files, folder, keyHex);
    if (entries.length > 0) note(database, new AuditLog(database, head), entries, now());
    // Nothing runs on those of a copy.
    database.exec("DELETE FROM grants WHERE uses_left <= 0");
    const grants = withoutGrants ? takeGrants(database) : [];
    const before = countRows(database);
    if (newKeyHex === keyHex) {
      database.workOffLog();
    } else {
      database.rekey(newKeyHex);
      const state = head.read();
      if (state.type !== "sealed") throw corruptError(path);
      files.removeSync(`${folder}/audit.head`);
      new AuditHeadFile(files, folder, newKeyHex).write(state.head, true);
    }
    database.close();
    database = await open(newKeyHex);
    const problem = fault(database);
    const rows = countRows(database);
    if (problem !== null || JSON.stringify(rows) !== JSON.stringify(before)) {
      throw new AppError("store.copy_broken", `The copy of the database is not whole`, {
        hint: `Nothing was changed; check the disk (${problem ?? "rows are missing"})`,
      });
    }
    const audit = verify(database, new AuditHeadFile(files, folder, newKeyHex));
    return { rows, audit, grants };
  } catch (error) {
    throw storeError(error, path);
  } finally {
    database?.close();
  }
}

function note(
  database: Database,
  audit: AuditLog,
  entries: SealCopyParams["entries"],
  nowMs: number,
): void {
  database.exec("BEGIN IMMEDIATE");
  const settle = audit.append(entries, nowMs);
  database.exec("COMMIT");
  settle();
  audit.settle();
}

/** What a person allowed and may have taken back since. An older copy does not have all of it. */
const ALLOWED = ["grants", "instructions", "mcp_approvals"];

function takeGrants(database: Database): Grant[] {
  const grants = listGrants(database);
  const tables = Object.keys(countRows(database));
  database.exec("BEGIN IMMEDIATE");
  for (const table of ALLOWED) {
    if (tables.includes(table)) database.exec(`DELETE FROM "${table}"`);
  }
  database.exec("COMMIT");
  return grants;
}

/** Rows by table; those of the index of words follow from the messages. */
function countRows(database: Database): Record<string, number> {
  const tables = database.all(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
       AND name NOT LIKE 'message_index%' ORDER BY name`,
  );
  return Object.fromEntries(tables.map(({ name }) => {
    const table = String(name).replaceAll('"', '""');
    return [String(name), Number(database.get(`SELECT count(*) AS n FROM "${table}"`)?.["n"])];
  }));
}

/** What SQLite's whole check finds; null: nothing. No stored value is in it. */
function fault(database: Database): string | null {
  const said = Object.values(database.all("PRAGMA integrity_check(1)")[0] ?? {})[0];
  return said === "ok" ? null : "integrity_check failed";
}

function verify(database: Database, file: AuditHeadFile): AuditVerdict {
  const audit = new AuditLog(database, file);
  let step: ChainEnd | AuditVerdict = { count: 0, head: GENESIS };
  while (!("ok" in step)) step = audit.verify(step);
  return step;
}
