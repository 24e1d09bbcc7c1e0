/** Puts one process together: store, grants, hands, model. The only place that sees all parts. */
import type { Form } from "./start/code_base.ts";
import { compileEngine } from "./start/engine.ts";
import { cellEvents } from "./cells/cell_events.ts";
import { createHands, type Hands, type HandsInputs } from "./cells/hands.ts";
import {
  type CellNetwork,
  type CellNetworkInputs,
  createCellNetwork,
  NO_NETWORK,
  provingNetwork,
  proxiedRows,
} from "./cells/network/cell_network.ts";
import { type Egress, startEgress } from "./cells/network/egress.ts";
import { networkRecords } from "./cells/network/network_records.ts";
import { browserRow } from "./browser/browser.ts";
import { keychainOf, keychainPrograms } from "./keys/keychain.ts";
import { namedSecrets, SILENT_LOG } from "./start/logging.ts";
import { type PolicyFacts, realPath } from "./policy.ts";
import type { ProcessStart } from "./start/process.ts";
import type { SandboxState } from "./cells/sandbox_choice.ts";
import { loginRow } from "./accounts/auth_thread.ts";
import { AppError } from "../base/app_error.ts";
import { accountNamed, accountOf } from "../kernel/accounts/account_table.ts";
import { inheritedDescriptors } from "../compartments/inherited_descriptors.ts";
import { sandboxHelpers } from "../compartments/launcher/sandboxes.ts";
import { startThread } from "../compartments/start.ts";
import type { StateDatabase } from "../compartments/store/api.ts";
import { createStoreClient } from "../compartments/store/client.ts";
import {
  compartment,
  compartments,
  type CompartmentSpec,
  type TableInputs,
} from "../compartments/table.ts";
import type { Client } from "../compartments/wire.ts";
import { createSecrets, type Secrets } from "../host/keys/secrets.ts";
import { databaseKey } from "../host/keys/database_key.ts";
import { plantCanaries, type PlantedCanaries } from "../host/protection/canaries.ts";
import { cellFolders } from "../host/files/cell_folder.ts";
import { type DataFolder, openDataFolder } from "../host/files/data_folder.ts";
import { lookAtMachine, type Machine } from "../host/process/machine.ts";
import { exists } from "../host/files/file_exists.ts";
import { findProgram, programMounts } from "../host/process/programs.ts";
import { resolveHost } from "../host/process/resolve_host.ts";
import { systemClock, systemRandom } from "../host/process/system.ts";
import { readGrantStamp } from "../host/protection/grant_stamp.ts";
import { forProfile } from "../kernel/policy/grant_command.ts";
import { hasHost, type Manifest } from "../kernel/manifest/manifest.ts";
import { grantsUnder, Taint } from "../kernel/policy/taint.ts";
import { createGrantBook, type GrantBook } from "../kernel/policy/grant_book.ts";
import { hasSharedCaps, sharedCaps } from "../kernel/budget/with_budget.ts";
import { createOutgoingScan, type OutgoingScan } from "../kernel/net/outgoing_scan.ts";
import { providerHost } from "../kernel/models/providers/provider_table.ts";
import type { Log, Store } from "../kernel/ports.ts";
import type { Grant } from "../model/cells/permission.ts";
import type { Trip } from "../model/conversation/budget.ts";
import type { ProviderChoice } from "../model/settings.ts";

/** A process with its store open and everything else ready to start. */
export interface Ward {
  readonly start: ProcessStart;
  readonly form: Form;
  readonly machine: Machine;
  readonly data: DataFolder;
  readonly store: StateDatabase;
  /** Saved secrets, by the launcher and the key of the database. */
  readonly secrets: Secrets;
  /** Takes what happened, for `ward logs`. */
  readonly log: Log;
  readonly book: GrantBook;
  readonly hands: Hands;
  /** How its cells reach granted hosts. */
  readonly network: CellNetwork;
  /** Starts the proxy of another cell. */
  openEgress(cell: string, hosts: readonly string[]): Promise<Egress>;
  /** Threads that run from the start, for the proof. */
  readonly threads: { readonly store: Client; readonly launcher: Client };
  /** Canaries of this profile. */
  readonly planted: PlantedCanaries;
  /** Hands of another workspace without grants but of hosts, for the proof. */
  handsIn(workspace: string, hosts?: readonly string[]): Hands;
  /** Hands of a folder that is thrown away, with these grants alone. */
  roomHands(room: {
    readonly workspace: string;
    readonly outputDir: string;
    readonly grants: readonly Grant[];
  }): Hands;
  readonly facts: PolicyFacts;
  /** Finds a secret of this profile in what is about to leave. */
  readonly outgoing: OutgoingScan;
  /** Where the database key came from, and what to know about that. */
  readonly key: { readonly source: string; readonly warning: string | null };
  /** The session whose grants count; set when one is opened. */
  sessionId: string | null;
  /** What that session read from outside. */
  taint: Taint;
  /** Of a run with `--lock`: its cells reach no host that this has no room for. */
  lock: Manifest | null;
  /** Told of files that were set aside; the surface prints them. */
  onNotice: (text: string) => void;
  /** The table with today's values. */
  table(
    sandbox: SandboxState["kind"],
    providers: readonly ProviderChoice[],
  ): Promise<CompartmentSpec[]>;
  /** Caps that are reached now, of today and of the open session. */
  trips(): Promise<readonly Trip[]>;
  close(): Promise<void>;
}

/**
 * Opens a profile.
 *
 * @param machine What is found on the machine; the proof's own test puts a weaker sandbox in.
 * @param engine The database engine, when its compilation has begun already.
 * @param log Takes what happened. @default {SILENT_LOG}
 * @throws {AppError} What stands in the way of the store: a wrong or missing key, a full disk.
 */
export async function openWard(
  start: ProcessStart,
  machine: Machine = lookAtMachine(start.environment.variables["PATH"] ?? ""),
  engine: Promise<WebAssembly.Module> = compileEngine(start.form),
  log: Log = SILENT_LOG,
): Promise<Ward> {
  const { settings, form, environment, osHome } = start;
  const { variables } = environment;
  const data = openDataFolder(
    settings.dataDir,
    variables["USER"] ?? variables["LOGNAME"] ?? "user",
    settings.workspace,
  );
  const keychain = keychainPrograms();
  const helpers = [...sandboxHelpers(machine, inheritedDescriptors()), ...keychain];
  const base: TableInputs = {
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
  // The store has more to load: it does so while the launcher is made.
  const storeThread = startThread(compartment(base, "store")!, form);
  const launcher = startThread(compartment(base, "launcher")!, form);
  // The launcher has its list; from here on nothing else can start a program, the kernel included.
  // Where the user wants commands without a sandbox, that waits until a sandbox is found.
  const giveUpRun = () => Deno.permissions.revokeSync({ name: "run" });
  if (!settings.commands.withoutSandbox) giveUpRun();
  const key = await databaseKey({
    home: settings.home,
    dataDir: data.path,
    variable: variables["WARD_ENCRYPTION_KEY"],
    keychain: keychainOf(launcher.client, { programs: keychain, variables, home: settings.home }),
  });
  const store = createStoreClient(storeThread.client);
  await store.open({ dataDir: data.path, module: await engine, keyHex: key.keyHex });
  const book = createGrantBook({
    store,
    clock: systemClock,
    random: systemRandom,
    mode: settings.approvals.mode,
    stamp: () => readGrantStamp(data.path),
  });
  const pending = new Set<Promise<unknown>>();
  const audit: Store["appendAudit"] = (entries) => {
    const writing = store.appendAudit(entries).finally(() => pending.delete(writing));
    pending.add(writing);
    return writing;
  };
  const planted = plantCanaries(data.path);
  const profile = start.profile.source === "flag" ? start.profile.name : null;
  const networkOf = (cell: string): CellNetworkInputs => ({
    ...networkRecords(audit, log, () => ward.sessionId, cell),
    cell,
    form,
    machine,
    dataDir: data.path,
    resolve: resolveHost,
    now: systemClock.now,
    grantCommand: forProfile("ward permissions grant net", profile),
    onNoHosts: ({ cause, fix }) =>
      ward.onNotice(`Granted hosts are not reached by commands here: ${cause}. ${fix}`),
  });
  const network = createCellNetwork(networkOf("hands"));
  const handsInputs: HandsInputs = {
    settings,
    form,
    machine,
    data,
    osHome,
    planted,
    launcher: launcher.client,
    now: systemClock.now,
    async grants() {
      const active = await book.active(ward.sessionId);
      const taint = ward.taint.inForce(active, ward.sessionId);
      const { lock } = ward;
      const grants = grantsUnder(taint, active).filter((grant) =>
        grant.compartment === "hands" && (lock === null || hasHost(lock, grant))
      );
      return { grants, tainted: taint !== null };
    },
    network,
    ...cellEvents({
      audit,
      log,
      sessionId: () => ward.sessionId,
      notice: (text) => ward.onNotice(text),
      giveUpRun,
      commandsWithoutSandbox: settings.commands.withoutSandbox,
    }),
  };
  const hands = createHands(handsInputs);
  const facts: PolicyFacts = {
    workspace: settings.workspace,
    home: settings.home,
    dataDir: data.path,
    others: settings.others,
    profile,
    get outputDir() {
      return data.outputDir;
    },
    osHome,
    selfPaths: [...form.selfPaths, settings.configPath],
    allow: settings.commands.allow,
    commandsWithoutSandbox: settings.commands.withoutSandbox,
    findProgram: (name) => findProgram(machine, name),
    verifyPaths: settings.commands.verifyPaths,
    exists,
    realPath,
  };
  const ward: Ward = {
    start,
    form,
    machine,
    data,
    store,
    secrets: createSecrets({
      home: settings.home,
      keychain: (secret) =>
        keychainOf(launcher.client, { programs: keychain, variables, home: settings.home, secret }),
      databaseKey: () => Promise.resolve(key.keyHex),
    }),
    log,
    book,
    hands,
    network,
    openEgress: (cell, hosts) => startEgress({ ...networkOf(cell), hosts }),
    threads: { store: storeThread.client, launcher: launcher.client },
    planted,
    handsIn: (workspace, hosts = []) =>
      createHands({
        ...handsInputs,
        settings: { ...settings, workspace },
        network: hosts.length === 0 ? NO_NETWORK : provingNetwork(hosts, networkOf("hands")),
        grants: () => Promise.resolve({ grants: [], tainted: false }),
      }),
    roomHands: ({ workspace, outputDir, grants }) =>
      createHands({
        ...handsInputs,
        settings: { ...settings, workspace, commands: { ...settings.commands, allow: [] } },
        data: { ...data, outputDir },
        network: createCellNetwork(networkOf("hands")),
        isThrownAway: true,
        grants: () => Promise.resolve({ grants, tainted: false }),
      }),
    facts,
    outgoing: createOutgoingScan([
      { name: "the key of the database", value: key.keyHex },
      ...namedSecrets(start),
    ]),
    key: { source: key.source, warning: key.warning ?? null },
    sessionId: null,
    lock: null,
    taint: new Taint(),
    onNotice: () => {},
    async table(sandbox, providers) {
      const active = await book.active(ward.sessionId);
      const taint = ward.taint.inForce(active, ward.sessionId);
      const grants = grantsUnder(taint, active);
      const trips = await ward.trips();
      return compartments({
        ...base,
        outputDir: data.outputDir,
        sandbox,
        programs: programMounts(machine, hands.programs({ grants, tainted: taint !== null }))
          .map((program) => program.path),
        providers: providers.filter((one) => one.protocol !== "builtin")
          .map(({ name, baseUrl }) => ({
            name,
            host: trips.length > 0 ? null : providerHost(baseUrl),
          })),
        logins: providers.flatMap(({ login }) => {
          const account = login === undefined ? null : accountNamed(login);
          if (account === null) return [];
          return [loginRow(accountOf(account, settings.accounts, variables), "renewal")];
        }),
        proxied: proxiedRows(grants, data.path),
        browser: browserRow(settings, data.path),
        grants,
      });
    },
    async trips() {
      const { budget } = settings;
      if (!hasSharedCaps(budget)) return [];
      return await store.listTrips({ sessionId: ward.sessionId, caps: sharedCaps(budget) });
    },
    async close() {
      await hands.router.end();
      await Promise.allSettled(pending);
      await store.close();
      const reason = new AppError("ward.closed", "ward ends");
      storeThread.stop(reason);
      launcher.stop(reason);
    },
  };
  return ward;
}
