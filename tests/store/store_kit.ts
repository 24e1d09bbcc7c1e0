/** What the tests of the store share: the real worker with its real permissions, and files. */
import { createStoreClient } from "../../src/compartments/store/client/client.ts";
import {
  EncryptedStore,
  type EncryptedStoreOptions,
} from "../../src/compartments/store/encrypted_store.ts";
import { Database } from "../../src/compartments/store/sqlite/database.ts";
import { FileLock } from "../../src/compartments/store/sqlite/file_lock.ts";
import { denoFileSystem } from "../../src/compartments/store/sqlite/file_system.ts";
import { Client, workerChannel } from "../../src/compartments/wire.ts";

export const KEY = "0123456789abcdef".repeat(4);
export const OTHER_KEY = "fedcba9876543210".repeat(4);

let compiled: WebAssembly.Module | null = null;

/** The engine, compiled once. */
export function wasmModule(): WebAssembly.Module {
  const address = import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm");
  compiled ??= new WebAssembly.Module(Deno.readFileSync(new URL(address)));
  return compiled;
}

/** Runs with a data folder that is not made yet; removes it afterwards. */
export async function withFolder<T>(body: (dataDir: string) => Promise<T>): Promise<T> {
  const parent = await Deno.realPath(await Deno.makeTempDir({ prefix: "ward-store-" }));
  try {
    return await body(`${parent}/data`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** Opens the store in this thread. */
export function openHere(
  dataDir: string,
  options: Partial<EncryptedStoreOptions> = {},
): Promise<EncryptedStore> {
  return EncryptedStore.open({ dataDir, module: wasmModule(), keyHex: KEY, ...options });
}

/** Opens the store here, uses it, closes it. */
export async function using<T>(
  dataDir: string,
  body: (store: EncryptedStore) => Promise<T>,
  options: Partial<EncryptedStoreOptions> = {},
): Promise<T> {
  const store = await openHere(dataDir, options);
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

/** The compartment as the kernel starts it: read and write of its folder, nothing else. */
export function startWorker(
  dataDir: string,
): { store: ReturnType<typeof createStoreClient>; end(): void } {
  const worker = new Worker(
    new URL("../../src/compartments/store/entry.ts", import.meta.url),
    {
      type: "module",
      deno: {
        permissions: {
          read: [dataDir],
          write: [dataDir],
          net: false,
          run: false,
          env: false,
          sys: false,
          ffi: false,
          import: false,
        },
      },
    } as WorkerOptions,
  );
  const store = createStoreClient(new Client(workerChannel(worker)));
  return { store, end: () => worker.terminate() };
}

/** Gives a keyed connection to the raw tables, as an attacker with the key has it. */
export async function withRawDatabase<T>(
  dataDir: string,
  body: (database: Database) => T,
): Promise<T> {
  const lock = new FileLock(`${dataDir}/ward.db.lock`);
  await lock.acquire(10_000);
  const database = await Database.open({
    module: wasmModule(),
    folder: dataDir,
    keyHex: KEY,
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

/** Takes back the tables that came after version 7. */
export const DROP_LATER_TABLES: readonly string[] = [
  "mcp_approvals",
  ...["in", "out", "cursors", "chats", "models"].map((name) => `mail_${name}`),
  "task_rounds",
  "tasks",
  "webhook_deliveries",
].map((table) => `DROP TABLE ${table}`);

/** Takes back what later versions of the schema made, so that the next to open has to make it. */
export function makeFirstVersion(dataDir: string): Promise<void> {
  return withRawDatabase(dataDir, (database) => {
    for (
      const sql of [
        "DROP TABLE message_index",
        "DROP VIEW message_text",
        "DROP TABLE instructions",
        "DROP TABLE summaries",
        "DROP TABLE model_usage",
        "DROP TABLE budget_holds",
        "DROP TABLE budget_state",
        ...DROP_LATER_TABLES,
        `CREATE TABLE model_calls (
            id INTEGER PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id)
            ON DELETE CASCADE, model TEXT NOT NULL, input_tokens INTEGER, output_tokens INTEGER,
            cached_tokens INTEGER, at_ms INTEGER NOT NULL) STRICT`,
        "INSERT INTO model_calls SELECT 7, id, 'old', 5, 6, 1, 99 FROM sessions",
        "UPDATE sessions SET title = ''",
        ...["outside", "parent_id", "root_id"].map((column) =>
          `ALTER TABLE sessions DROP COLUMN ${column}`
        ),
        "PRAGMA user_version = 1",
      ]
    ) database.exec(sql);
  });
}

/** Content of all files of a folder, by name, without the lock. */
export function snapshot(dataDir: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isFile } of Deno.readDirSync(dataDir)) {
    if (!isFile || name.endsWith(".lock")) continue;
    const bytes = Deno.readFileSync(`${dataDir}/${name}`);
    found.set(name, new TextDecoder("latin1").decode(bytes));
  }
  return found;
}

/** Starts a script of this folder as a process of its own. */
export function startScript(script: string, args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", new URL(script, import.meta.url).pathname, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
