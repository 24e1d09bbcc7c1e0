/** What the wards of one process share: the store, the launcher and what is known to be secret. */
import { RunningPrograms } from "./cells/running_programs.ts";
import { compileEngine } from "./start/engine.ts";
import { keychainOf, keychainPrograms } from "./keys/keychain.ts";
import { namedSecrets } from "./start/logging.ts";
import type { ProcessStart } from "./start/process.ts";
import { AppError } from "../base/app_error.ts";
import { sandboxHelpers } from "../compartments/launcher/sandboxes.ts";
import { prepareThread, startThread } from "../compartments/start.ts";
import type { StateDatabase } from "../compartments/store/api.ts";
import { createStoreClient } from "../compartments/store/client/client.ts";
import { compartment, type TableInputs } from "../compartments/table.ts";
import type { Client } from "../compartments/wire.ts";
import { cellFolders } from "../host/files/cell_folder.ts";
import { type DataFolder, openDataFolder } from "../host/files/data_folder.ts";
import { databaseKey } from "../host/keys/database_key.ts";
import { createSecrets, type Secrets } from "../host/keys/secrets.ts";
import type { Machine } from "../host/process/machine.ts";
import { plantCanaries, type PlantedCanaries } from "../host/protection/canaries.ts";
import type { OutgoingScan } from "../kernel/net/outgoing_scan.ts";
import type { Log } from "../kernel/ports.ts";

/** See {@linkcode openProcess}. */
export interface WardProcess {
  readonly machine: Machine;
  readonly log: Log;
  /** Programs that the launcher may start. */
  readonly helpers: readonly string[];
  readonly store: StateDatabase;
  readonly threads: { readonly store: Client; readonly launcher: Client };
  readonly secrets: Secrets;
  readonly planted: PlantedCanaries;
  /** What runs in the cells of all its wards. */
  readonly running: RunningPrograms;
  readonly outgoing: OutgoingScan;
  /** Where the database key came from, and what to know about that. */
  readonly key: { readonly source: string; readonly warning: string | null };
  /** From here on the process starts no program by itself. */
  giveUpRun(): void;
  /** Starts the launcher, if it does not run. */
  launch(): void;
  close(): Promise<void>;
}

/**
 * Opens the store and starts the launcher of a profile.
 *
 * @param options `isLate`: the launcher starts when it is first needed, or by `launch`.
 * @throws {AppError} What stands in the way of the store: a wrong or missing key, a full disk.
 */
export async function openProcess(
  start: ProcessStart,
  machine: Machine,
  engine: ReturnType<typeof compileEngine>,
  log: Log,
  { isLate }: { readonly isLate: boolean },
): Promise<WardProcess> {
  const { settings, form, environment: { variables } } = start;
  const data = openDataFolder(
    settings.dataDir,
    variables["USER"] ?? variables["LOGNAME"] ?? "user",
    settings.workspace,
  );
  const keychain = keychainPrograms();
  const helpers = [...sandboxHelpers(machine), ...keychain];
  const base = tableBase(start, machine, data, helpers);
  const storeThread = startThread(compartment(base, "store")!, form);
  const giveUpRun = () => void Deno.permissions.revokeSync({ name: "run" });
  const launcher = prepareThread(compartment(base, "launcher")!, form, () => {
    // The launcher has its list; from here on nothing else can start a program, the kernel
    // included. Where the user wants commands without a sandbox, that waits until one is found.
    if (!settings.commands.withoutSandbox) giveUpRun();
  });
  // The store has more to load: it does so while the launcher is made.
  if (!isLate) launcher.begin();
  const inKeychain = { programs: keychain, variables, home: settings.home };
  const key = await databaseKey({
    home: settings.home,
    dataDir: data.path,
    variable: variables["WARD_ENCRYPTION_KEY"],
    keychain: keychainOf(launcher.client, inKeychain),
  });
  const store = createStoreClient(storeThread.client);
  await store.open({ dataDir: data.path, module: await engine, keyHex: key.keyHex });
  start.known.add([
    { name: "the key of the database", value: key.keyHex },
    ...namedSecrets(start),
  ]);
  return {
    machine,
    log,
    helpers,
    store,
    threads: { store: storeThread.client, launcher: launcher.client },
    secrets: createSecrets({
      home: settings.home,
      keychain: (secret) => keychainOf(launcher.client, { ...inKeychain, secret }),
      databaseKey: () => Promise.resolve(key.keyHex),
    }),
    planted: plantCanaries(data.path),
    running: new RunningPrograms(),
    outgoing: start.known.scan,
    key: { source: key.source, warning: key.warning ?? null },
    giveUpRun,
    launch: launcher.begin,
    async close() {
      await store.close();
      const reason = new AppError("ward.closed", "ward ends");
      storeThread.stop(reason);
      launcher.stop(reason);
    },
  };
}

/** The table's values that do not change while a ward is open. */
export function tableBase(
  { settings }: ProcessStart,
  machine: Machine,
  data: DataFolder,
  helpers: readonly string[],
): TableInputs {
  return {
    workspace: settings.workspace,
    dataDir: data.path,
    outputDir: data.outputDir,
    programs: [],
    sandbox: "bubblewrap",
    tmp: machine.os === "darwin" ? cellFolders(data.path) : undefined,
    commandsWithoutSandbox: settings.commands.withoutSandbox,
    helpers,
    providers: [],
    logins: [],
    proxied: [],
    grants: [],
  };
}
