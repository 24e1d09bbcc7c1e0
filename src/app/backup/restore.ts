/** Puts the state of a backup in the place of a profile's; what was there is kept aside. */
import { type Manifest, NAMES, parseManifest } from "./profile_state.ts";
import { AppError } from "../../base/app_error.ts";
import type { StoreCopies } from "../../compartments/store/api.ts";
import type { BackupKey } from "../../host/backup/archive_format.ts";
import { readArchive, readHeader } from "../../host/backup/read_archive.ts";
import { exists } from "../../host/files/file_exists.ts";
import { writeWhole } from "../../host/files/write_whole.ts";
import {
  type DatabaseKey,
  findDatabaseKey,
  newDatabaseKey,
  nextVariableKey,
} from "../../host/keys/database_key.ts";
import { resealSecrets } from "../../host/keys/secrets.ts";
import {
  abandonSwitch,
  beginSwitch,
  fingerprint,
  finishSwitch,
  type Move,
  type SwitchPlaces,
} from "../../host/keys/state_switch.ts";
import { inForce } from "../../kernel/policy/grant_book.ts";
import type { AuditVerdict } from "../../model/audit.ts";
import type { Grant } from "../../model/cells/permission.ts";

/** What {@linkcode restoreBackup} needs; the home must be held alone. */
export interface RestoreParams {
  readonly file: string;
  /** What opens it. */
  readonly key: BackupKey;
  readonly places: SwitchPlaces;
  /** Value of `WARD_ENCRYPTION_KEY`. */
  readonly variable: string | undefined;
  /** A store that is not open. */
  readonly store: StoreCopies;
  readonly module: WebAssembly.Module;
  /** Whether the configuration is put back too. */
  readonly config: boolean;
  readonly nowMs: number;
}

/** What was done. */
export interface Restored {
  readonly createdAtMs: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly audit: AuditVerdict;
  /** Grants that stood when the backup was made and would still count: none of them came back. */
  readonly notGranted: readonly Grant[];
  /** Folders with what was in place before; empty when nothing was. */
  readonly aside: readonly string[];
  /** Whether the backup holds a configuration that was not put back. */
  readonly configLeft: boolean;
  /** Where the key is kept that the state is under now. */
  readonly kept: DatabaseKey["source"];
}

/** The key that the restored state comes under, and how it gets to its place. */
interface TargetKey {
  readonly keyHex: string;
  readonly source: DatabaseKey["source"];
  /** Files for the staged folder of the home. */
  readonly files: Readonly<Record<string, string>>;
  readonly isNewInKeychain: boolean;
}

/**
 * Restores. A crash at any moment leaves a profile that the next start rolls back or finishes.
 *
 * @throws {AppError} `backup.*`; `key.unfinished`; those of the store.
 */
export async function restoreBackup(params: RestoreParams): Promise<Restored> {
  const { file, key, places, store, module, nowMs } = params;
  const { home, dataDir } = places;
  const { createdAtMs } = readHeader(file);
  Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const target = await targetKey(params);
  const former = `former-${
    new Date(nowMs).toISOString().replace(/\.\d+Z$/, "").replace(/\D/g, "")
  }`;
  const move = (folder: "home" | "data", name: string): Move => {
    const root = folder === "home" ? home : dataDir;
    const hasOne = exists(`${root}/${name}`);
    return { folder, name, aside: hasOne ? `${former}/${name}` : null };
  };
  const plan = {
    // What the backup does not hold is not staged, and stays as it is.
    moves: [
      move("data", NAMES.audit),
      move("data", NAMES.database),
      move("home", NAMES.secrets),
      ...params.config ? [move("home", NAMES.config)] : [],
      ...Object.keys(target.files).map((name) => move("home", name)),
    ],
    keychain: target.isNewInKeychain ? await fingerprint(target.keyHex) : null,
  };
  const staged = beginSwitch(places, plan);
  let report: Awaited<ReturnType<StoreCopies["sealCopy"]>>;
  let texts: Readonly<Record<string, string>>;
  try {
    if (target.isNewInKeychain) await places.nextKeychain?.store(target.keyHex);
    for (const [name, text] of Object.entries(target.files)) {
      writeWhole(`${staged.home}/${name}`, text);
    }
    texts = await readArchive(file, key, {
      [NAMES.manifest]: null,
      [NAMES.database]: `${staged.data}/${NAMES.database}`,
      [NAMES.audit]: `${staged.data}/${NAMES.audit}`,
      [NAMES.secrets]: null,
      [NAMES.config]: null,
    });
    const manifest = parseManifest(texts[NAMES.manifest], file);
    await stageTexts(params, { staged: staged.home, texts, manifest, keyHex: target.keyHex });
    const withConfig = params.config && texts[NAMES.config] !== undefined;
    const detail = { madeAtMs: createdAtMs, config: withConfig };
    report = await store.sealCopy({
      folder: staged.data,
      module,
      keyHex: manifest.keyHex,
      newKeyHex: target.keyHex,
      entries: [{ kind: "backup", sessionId: null, subject: "backup restored", detail }],
      // It cannot know which were revoked or used since.
      withoutGrants: true,
    });
  } catch (error) {
    await abandonSwitch(places);
    throw error;
  }
  await finishSwitch(places, plan);
  const { rows, audit, grants } = report;
  return {
    createdAtMs,
    rows,
    audit,
    notGranted: grants.filter((grant) =>
      grant.scope.type !== "once" && inForce(grant, null, nowMs)
    ),
    aside: [`${dataDir}/${former}`, `${home}/${former}`].filter(exists),
    configLeft: !params.config && texts[NAMES.config] !== undefined,
    kept: target.source,
  };
}

async function stageTexts(
  { config }: RestoreParams,
  { staged, texts, manifest, keyHex }: {
    readonly staged: string;
    readonly texts: Readonly<Record<string, string>>;
    readonly manifest: Manifest;
    readonly keyHex: string;
  },
): Promise<void> {
  const secrets = texts[NAMES.secrets];
  if (secrets !== undefined) {
    const path = `${staged}/${NAMES.secrets}`;
    writeWhole(path, secrets);
    writeWhole(path, await resealSecrets(path, manifest.keyHex, keyHex) ?? secrets);
  }
  const text = texts[NAMES.config];
  if (config && text !== undefined) writeWhole(`${staged}/${NAMES.config}`, text);
}

/** The key of the profile; where it is gone, a new one in the same kind of place. */
async function targetKey({ places, variable }: RestoreParams): Promise<TargetKey> {
  const { home, dataDir, keychain, nextKeychain } = places;
  try {
    const known = await findDatabaseKey({ home, dataDir, variable, keychain });
    return { ...known, files: {}, isNewInKeychain: false };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "store.key_missing")) throw error;
  }
  if (variable) {
    const { keyHex, salt } = await nextVariableKey(variable);
    const files: Record<string, string> = salt === null ? {} : { "database.salt": `${salt}\n` };
    return { keyHex, source: "variable", files, isNewInKeychain: false };
  }
  const keyHex = newDatabaseKey();
  // As for a new database: the keychain if it gives back what it took, else a file.
  if (await nextKeychain?.store(keyHex) && await nextKeychain?.lookUp() === keyHex) {
    return { keyHex, source: "keychain", files: {}, isNewInKeychain: true };
  }
  return {
    keyHex,
    source: "file",
    files: { "database.key": `${keyHex}\n` },
    isNewInKeychain: false,
  };
}
