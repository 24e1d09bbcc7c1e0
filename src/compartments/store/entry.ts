/** The `store` thread: reads and writes the data folder, and nothing else. */
import { AppError } from "../../base/app_error.ts";
import { type Handlers, serve, workerScopeChannel } from "../wire.ts";
import { STORE_METHODS, type StoreOpenParams } from "./api.ts";
import { EncryptedStore } from "./encrypted_store.ts";

let opening: Promise<EncryptedStore> | null = null;

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
  },
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
