/** Puts the state of a profile under another key. */
import type { StoreCopies } from "../../compartments/store/api.ts";
import { databaseExists, type DatabaseKey } from "../../host/keys/database_key.ts";
import { resealSecrets } from "../../host/keys/secrets.ts";
import {
  abandonSwitch,
  beginSwitch,
  fingerprint,
  finishSwitch,
  type Move,
  type SwitchPlaces,
} from "../../host/keys/state_switch.ts";
import { AppError } from "../../base/app_error.ts";

/** What {@linkcode rotateKey} needs; the home must be held alone. */
export interface RotateParams {
  readonly places: SwitchPlaces;
  /** A store that is not open; used only where there is a database. */
  readonly store: StoreCopies;
  readonly module: WebAssembly.Module;
  readonly key: DatabaseKey;
  readonly newKeyHex: string;
  /** For `database.salt`, when the new key is of a passphrase. */
  readonly salt: string | null;
}

/**
 * Changes the key. A crash at any moment leaves a profile that the next start rolls back or
 * finishes; a failure leaves it as it was, or finished by the next start (`key.unfinished`).
 *
 * @returns Rows by table that were put under the new key; null: there is no database yet.
 * @throws {AppError} `key.not_kept` when the keychain does not keep the new key; those of the store.
 */
export async function rotateKey(
  { places, store, module, key, newKeyHex, salt }: RotateParams,
): Promise<Readonly<Record<string, number>> | null> {
  const { home, dataDir, files } = places;
  const hasDatabase = databaseExists(dataDir);
  const secrets = await resealSecrets(`${home}/secrets.enc`, key.keyHex, newKeyHex);
  const move = (folder: "home" | "data", name: string): Move => ({ folder, name, aside: null });
  const plan = {
    moves: [
      ...hasDatabase ? [move("data", "audit.head"), move("data", "ward.db")] : [],
      ...secrets === null ? [] : [move("home", "secrets.enc")],
      ...key.source === "file" ? [move("home", "database.key")] : [],
      ...salt === null ? [] : [move("home", "database.salt")],
    ],
    keychain: key.source === "keychain" ? await fingerprint(newKeyHex) : null,
  };
  let rows: Readonly<Record<string, number>> | null = null;
  const staged = beginSwitch(places, plan);
  try {
    if (key.source === "keychain") await keepNext(places, newKeyHex);
    if (key.source === "file") files.writeWhole(`${staged.home}/database.key`, newKeyHex + "\n");
    if (salt !== null) files.writeWhole(`${staged.home}/database.salt`, salt + "\n");
    if (secrets !== null) files.writeWhole(`${staged.home}/secrets.enc`, secrets);
    if (hasDatabase) {
      const shared = { module, keyHex: key.keyHex };
      await store.copyOut({ ...shared, dataDir, to: staged.data });
      const entry = { kind: "key", sessionId: null, subject: "database key changed" } as const;
      const entries = [{ ...entry, detail: { kept: key.source } }];
      ({ rows } = await store.sealCopy({ ...shared, folder: staged.data, newKeyHex, entries }));
    }
  } catch (error) {
    await abandonSwitch(places);
    await store.release();
    throw error;
  }
  await finishSwitch(places, plan);
  await store.release();
  return rows;
}

/** The new key is kept before anything is under it. */
async function keepNext({ nextKeychain }: SwitchPlaces, keyHex: string): Promise<void> {
  if (await nextKeychain?.store(keyHex) && await nextKeychain?.lookUp() === keyHex) return;
  throw new AppError(
    "key.not_kept",
    "Cannot change the key: the keychain does not keep a new one",
    {
      hint: "Unlock the keychain, then try again; nothing was changed",
    },
  );
}
