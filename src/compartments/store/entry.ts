/** The `store` thread: reads and writes the data folder, and nothing else. */
import { AppError } from "../../base/app_error.ts";
import { type Handlers, serve, workerScopeChannel } from "../wire.ts";
import {
  type CopyOutParams,
  type SealCopyParams,
  STORE_METHODS,
  type StoreOpenParams,
} from "./api.ts";
import { copyOut } from "./copies/copy_out.ts";
import { sealCopy } from "./copies/seal_copy.ts";
import { EncryptedStore } from "./encrypted_store.ts";
import type { FileLock } from "./sqlite/file_lock.ts";

let opening: Promise<EncryptedStore> | null = null;
/** Held since a copy was made: nobody writes. */
let held: FileLock | null = null;

const release = () => {
  held?.close();
  held = null;
};

const handlers: Handlers = {
  open: async (params: StoreOpenParams) => {
    if (opening) throw new AppError("store.open_already", "The state database is open already");
    opening = EncryptedStore.open(params);
    opening.catch(() => opening = null);
    return { created: (await opening).created };
  },
  quickCheck: async () => {
    const store = await opening;
    if (!store) throw new AppError("store.not_open", "The state database is not open");
    return await store.quickCheck();
  },
  close: async () => {
    const store = await opening;
    opening = null;
    await store?.close();
    release();
  },
  copyOut: async (params: CopyOutParams) => {
    release();
    held = await copyOut(params);
  },
  release: () => Promise.resolve(release()),
  sealCopy: (params: SealCopyParams) => sealCopy(params),
};

for (const method of STORE_METHODS) {
  handlers[method] = async (args: readonly unknown[]) => {
    const store = await opening;
    if (!store) throw new AppError("store.not_open", "The state database is not open");
    // Both ends are ward's own code and typed by the `Store` port.
    const call = store[method] as (...args: readonly unknown[]) => unknown;
    return await call.apply(store, [...args]);
  };
}

serve(workerScopeChannel(), handlers);
