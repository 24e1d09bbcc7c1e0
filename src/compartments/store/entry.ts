/** The `store` thread: reads and writes the data folder, and nothing else. */
import { AppError } from "../../base/app_error.ts";
import { type Handlers, serve, workerScopeChannel } from "../wire.ts";
import {
  type CopyOutParams,
  MAIL_METHODS,
  type SealCopyParams,
  STORE_METHODS,
  type StoreOpenParams,
  TASK_METHODS,
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

const own = STORE_METHODS.map((method) => [method, (store: EncryptedStore) => store] as const);
const mail = MAIL_METHODS.map((method) =>
  [method, (store: EncryptedStore) => store.mailbox] as const
);
const tasks = TASK_METHODS.map((method) =>
  [method, (store: EncryptedStore) => store.tasks] as const
);
for (const [method, holderOf] of [...own, ...mail, ...tasks]) {
  handlers[method] = async (args: readonly unknown[]) => {
    const store = await opening;
    if (!store) throw new AppError("store.not_open", "The state database is not open");
    const holder = holderOf(store);
    // Both ends are ward's own code and typed by the ports.
    const call = holder[method as keyof typeof holder] as (...args: readonly unknown[]) => unknown;
    return await call.apply(holder, [...args]);
  };
}

serve(workerScopeChannel(), handlers);
