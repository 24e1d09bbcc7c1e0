/** What of a profile a backup holds, and the thread that copies and checks it. */
import * as z from "zod";
import { compileEngine } from "../start/engine.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import { startThread } from "../../compartments/start.ts";
import type { StateDatabase, StoreCopies, StoreLifecycle } from "../../compartments/store/api.ts";
import { createStoreClient } from "../../compartments/store/client/client.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import { lockedFile } from "../../host/files/file_lock.ts";

/** Names of a backup's files. */
export const NAMES = {
  manifest: "manifest.json",
  database: "ward.db",
  audit: "audit.head",
  secrets: "secrets.enc",
  config: "config.toml",
} as const;

/** Folder below the home for a profile's backups; `backups` holds those of the configuration. */
export const BACKUPS = "state-backups";

const manifestSchema = z.strictObject({
  version: z.literal(1),
  /** Of the ward that made it. */
  ward: z.string(),
  profile: z.string().nullable(),
  /** The key that the database in it is under. */
  keyHex: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rows by table. */
  rows: z.record(z.string(), z.number()),
});

/** What a backup says of itself, sealed. */
export type Manifest = z.infer<typeof manifestSchema>;

/** @throws {AppError} `backup.newer`. */
export function parseManifest(text: string | undefined, path: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text ?? ""));
  } catch (cause) {
    throw new AppError("backup.newer", `Cannot use "${path}": another ward made it`, {
      cause,
      hint: "Use the ward version that made it",
    });
  }
}

/** Runs with a store thread for a folder; its database is not open. */
export async function withStoreThread<T>(
  form: Form,
  dataDir: string,
  body: (
    store: StateDatabase & StoreCopies & StoreLifecycle,
    module: WebAssembly.Module,
  ) => Promise<T>,
): Promise<T> {
  const thread = startThread(compartment({ ...NO_INPUTS, dataDir }, "store")!, form);
  try {
    const store = createStoreClient(thread.client);
    const result = await body(store, await compileEngine(form));
    await store.close();
    return result;
  } finally {
    thread.stop(new AppError("store.done", "The state database is not needed any more"));
  }
}

/** Runs with an empty folder that only one process uses; removed afterwards, and after a crash. */
export async function withWorkFolder<T>(
  parent: string,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  using _ = await lockedFile(`${parent}/backup.lock`);
  const folder = `${parent}/backup-work`;
  const clear = () => {
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  clear();
  Deno.mkdirSync(folder, { mode: 0o700 });
  try {
    return await body(folder);
  } finally {
    clear();
  }
}
