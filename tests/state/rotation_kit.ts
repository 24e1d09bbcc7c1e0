/** A profile in a folder whose key is changed here, and a process that ends at any of its steps. */
import { rotateKey } from "../../src/app/keys/rotate_key.ts";
import type { StoreCopies } from "../../src/compartments/store/api.ts";
import { copyOut } from "../../src/compartments/store/copies/copy_out.ts";
import { sealCopy } from "../../src/compartments/store/copies/seal_copy.ts";
import type { FileLock } from "../../src/compartments/store/sqlite/file_lock.ts";
import {
  denoFileSystem,
  type FileSystem,
} from "../../src/compartments/store/sqlite/file_system.ts";
import { findDatabaseKey } from "../../src/host/keys/database_key.ts";
import type { Keychain } from "../../src/host/keys/keychain.ts";
import { createSecrets } from "../../src/host/keys/secrets.ts";
import { NEXT_KEY, switchFiles, type SwitchPlaces } from "../../src/host/keys/state_switch.ts";
import { KEY, openHere, OTHER_KEY, wasmModule } from "../store/store_kit.ts";

/** Where a profile's key is kept. */
export type KeyPlace = "file" | "keychain" | "variable";

/** Counts the steps that change something, and is over at one of them. */
export class Steps {
  /** Steps taken, by what they change: the staged copy, or the profile's own files and keychain. */
  readonly taken: ("copy" | "own")[] = [];
  readonly #fatal: number;
  readonly #die: () => void;

  /**
   * @param fatal The step that is not taken any more; 0: none.
   * @param die Ends the process; without it every later step fails, as nothing can be done by the
   *   dead.
   */
  constructor(fatal: number = 0, die: () => void = () => {}) {
    this.#fatal = fatal;
    this.#die = die;
  }

  /** One step that changes files or the keychain. */
  take<T>(change: () => T, what: "copy" | "own" = "own"): T {
    this.taken.push(what);
    if (this.#fatal !== 0 && this.taken.length >= this.#fatal) {
      this.#die();
      throw new Error("killed");
    }
    return change();
  }

  /** Numbers of the steps to be killed at: all that change what is in use, some of the copy. */
  fatalOnes(): number[] {
    return this.taken.flatMap((what, at) => what === "own" || at % 17 === 0 ? [at + 1] : []);
  }

  /** The store's file calls as steps. */
  storeFiles(): FileSystem {
    return {
      ...denoFileSystem,
      openSync: (path, options) => {
        const file = denoFileSystem.openSync(path, options);
        const { writeSync, truncateSync, syncSync, syncDataSync } = file;
        return Object.assign(file, {
          writeSync: (bytes: Uint8Array) => this.take(() => writeSync.call(file, bytes), "copy"),
          truncateSync: (size?: number) => this.take(() => truncateSync.call(file, size), "copy"),
          syncSync: () => this.take(() => syncSync.call(file), "copy"),
          syncDataSync: () => this.take(() => syncDataSync.call(file), "copy"),
        });
      },
      renameSync: (from, to) => this.take(() => denoFileSystem.renameSync(from, to), "copy"),
      removeSync: (path) => this.take(() => denoFileSystem.removeSync(path), "copy"),
    };
  }

  /** The places of a profile with every change a step. */
  places(home: string): SwitchPlaces {
    return {
      home,
      dataDir: `${home}/data`,
      keychain: this.#keychain(home, "database"),
      nextKeychain: this.#keychain(home, NEXT_KEY),
      files: {
        writeWhole: (path, text) => this.take(() => switchFiles.writeWhole(path, text)),
        makeFolder: (path) => this.take(() => switchFiles.makeFolder(path)),
        rename: (from, to) => this.take(() => switchFiles.rename(from, to)),
        remove: (path) => this.take(() => switchFiles.remove(path)),
      },
    };
  }

  /** A keychain that outlives processes: a folder beside the home. */
  #keychain(home: string, name: string): Keychain {
    const path = `${home}.keychain/${name}`;
    return {
      lookUp: () => Promise.resolve(readOrNull(path)),
      store: async (secret) => {
        await this.take(() => switchFiles.writeWhole(path, secret));
        return true;
      },
      remove: async () => {
        await this.take(() => switchFiles.remove(path));
        return true;
      },
    };
  }
}

/** Makes a profile with a session, an audit row and a sealed secret. */
export async function makeProfile(home: string, place: KeyPlace): Promise<void> {
  Deno.mkdirSync(home, { recursive: true });
  Deno.mkdirSync(`${home}.keychain`);
  if (place === "file") Deno.writeTextFileSync(`${home}/database.key`, KEY, { mode: 0o600 });
  if (place === "keychain") Deno.writeTextFileSync(`${home}.keychain/database`, KEY);
  const store = await openHere(`${home}/data`);
  const { id } = await store.createSession({ workspace: "/w", title: "kept" });
  await store.appendUser(id, "kept ".repeat(500));
  await store.appendAudit([{ kind: "effect", sessionId: id, subject: "kept", detail: {} }]);
  await store.close();
  await secretsUnder(home, KEY).set("lab", "sk-kept");
}

/** Saved secrets of a profile, sealed under a key. */
export function secretsUnder(home: string, keyHex: string): ReturnType<typeof createSecrets> {
  return createSecrets({
    home,
    keychain: () => null,
    databaseKey: () => Promise.resolve(keyHex),
  });
}

/** Changes the key of a profile from KEY to OTHER_KEY, with every change a step. */
export async function rotate(home: string, place: KeyPlace, steps: Steps): Promise<void> {
  const salt = place === "variable" ? "ab".repeat(16) : null;
  const key = { keyHex: KEY, source: place };
  const module = wasmModule();
  await withCopies(
    steps,
    (store) =>
      rotateKey({ places: steps.places(home), store, module, key, newKeyHex: OTHER_KEY, salt }),
  );
}

/** Runs with what the store's thread does, here and with every change a step. */
export async function withCopies<T>(
  steps: Steps,
  body: (store: StoreCopies) => Promise<T>,
): Promise<T> {
  let held: FileLock | null = null;
  const files = steps.storeFiles();
  const release = () => {
    held?.close();
    held = null;
    return Promise.resolve();
  };
  const store: StoreCopies = {
    copyOut: async (params) => {
      held = await copyOut(params, { files });
    },
    release,
    sealCopy: (params) => sealCopy(params, { files }),
  };
  try {
    return await body(store);
  } finally {
    await release();
  }
}

/** The key that a start finds; for a variable, the one of the two that opens the database. */
export async function foundKey(home: string, place: KeyPlace): Promise<string> {
  if (place === "variable") {
    const opens = await openHere(`${home}/data`, { keyHex: KEY }).then((store) => store.close())
      .then(() => true, () => false);
    return opens ? KEY : OTHER_KEY;
  }
  const { keychain } = new Steps().places(home);
  const where = { home, dataDir: `${home}/data`, variable: undefined };
  return (await findDatabaseKey({ ...where, keychain: place === "file" ? null : keychain })).keyHex;
}

function readOrNull(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
