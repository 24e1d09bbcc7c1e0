/** Opens a profile's database as ward's own code does, with the profile's key. */
import { EncryptedStore } from "../../../src/compartments/store/encrypted_store.ts";
import { Database } from "../../../src/compartments/store/sqlite/database.ts";
import { FileLock } from "../../../src/compartments/store/sqlite/file_lock.ts";
import { denoFileSystem } from "../../../src/compartments/store/sqlite/file_system.ts";
import { wasmModule } from "../../store/store_kit.ts";

const keyOf = (home: string) => Deno.readTextFileSync(`${home}/database.key`).trim();

/** Opens the store of a profile that no ward is using, and closes it afterwards. */
export async function withStore<T>(
  home: string,
  body: (store: EncryptedStore) => Promise<T>,
): Promise<T> {
  const store = await EncryptedStore.open({
    dataDir: `${home}/data`,
    module: wasmModule(),
    keyHex: keyOf(home),
  });
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

/** The raw tables, as an attacker with the key has them. */
export async function withTables<T>(home: string, body: (database: Database) => T): Promise<T> {
  const lock = new FileLock(`${home}/data/ward.db.lock`);
  await lock.acquire(10_000);
  const database = await Database.open({
    module: wasmModule(),
    folder: `${home}/data`,
    keyHex: keyOf(home),
    files: denoFileSystem,
    isLocked: () => lock.held,
  });
  try {
    return body(database);
  } finally {
    database.close();
    lock.close();
  }
}
