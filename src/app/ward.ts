/** Puts one process together: store, grants, hands, model. The only place that sees all parts. */
import type { Form } from "./start/code_base.ts";
import { compileEngine } from "./start/engine.ts";
import { cellEvents } from "./cells/cell_events.ts";
import { createHands, type Hands, type HandsInputs } from "./cells/hands.ts";
import type { RunningPrograms } from "./cells/running_programs.ts";
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
import { serverInputs } from "./mcp/server_places.ts";
import { apiRow } from "./api/api_thread.ts";
import { channelRow } from "./daemon/channel_thread.ts";
import { browserRow } from "./browser/browser.ts";
import { SILENT_LOG } from "./start/logging.ts";
import { type PolicyFacts, realPath } from "./policy.ts";
import type { ProcessStart } from "./start/process.ts";
import { openProcess, tableBase, type WardProcess } from "./ward_process.ts";
import type { SandboxState } from "./cells/sandbox_choice.ts";
import type { GivenServers } from "./mcp/servers.ts";
import { slackAliases } from "./slack/accounts.ts";
import { loginRow } from "./accounts/auth_thread.ts";
import { accountNamed, accountOf } from "../kernel/accounts/account_table.ts";
import type { StateDatabase } from "../compartments/store/api.ts";
import { compartments, type CompartmentSpec } from "../compartments/table.ts";
import type { Client } from "../compartments/wire.ts";
import type { Secrets } from "../host/keys/secrets.ts";
import type { PlantedCanaries } from "../host/protection/canaries.ts";
import { type DataFolder, openDataFolder } from "../host/files/data_folder.ts";
import type { Machine } from "../host/process/machine.ts";
import { machineFor } from "./start/machine_for.ts";
import { exists } from "../host/files/file_exists.ts";
import { findProgram, programMounts } from "../host/process/programs.ts";
import { resolveHost } from "../host/process/resolve_host.ts";
import { systemClock, systemRandom } from "../host/process/system.ts";
import { readGrantStamp } from "../host/protection/grant_stamp.ts";
import { forProfile } from "../kernel/policy/grant_command.ts";
import { type Manifest, narrowedTo } from "../kernel/manifest/manifest.ts";
import { grantsUnder, Taint } from "../kernel/policy/taint.ts";
import {
  createGrantBook,
  type GrantBook,
  type SessionAnswers,
} from "../kernel/policy/grant_book.ts";
import { hasSharedCaps, sharedCaps } from "../kernel/budget/with_budget.ts";
import type { OutgoingScan } from "../kernel/net/outgoing_scan.ts";
import { providerHost } from "../kernel/models/providers/provider_table.ts";
import type { Log } from "../kernel/ports.ts";
import type { Store } from "../kernel/store_ports.ts";
import type { ApprovalMode, Grant } from "../model/cells/permission.ts";
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
  /** Tells the user and the audit log of files that a cell's end set aside. */
  readonly onPlanted: HandsInputs["onPlanted"];
  /** What runs in the cells of this process, whatever session started it. */
  readonly running: RunningPrograms;
  /**
   * Starts the launcher, if it does not run, and gives up the right to start programs: before
   * anything that comes from elsewhere is read, and before a model's first answer.
   */
  launch(): void;
  /** Threads of the process, for the proof. */
  readonly threads: { readonly store: Client; readonly launcher: Client };
  /** Canaries of this profile. */
  readonly planted: PlantedCanaries;
  /** How much is asked from now on. */
  mode: ApprovalMode;
  /** Hands of another workspace without grants but of hosts, for the proof. */
  handsIn(workspace: string, hosts?: readonly string[]): Hands;
  /** Hands of a folder that is thrown away, with these grants alone. */
  roomHands(room: {
    readonly workspace: string;
    readonly outputDir: string;
    readonly grants: readonly Grant[];
    /** Ids of the user's grants that it is there by; with one of them revoked it ends. */
    readonly standsOn: readonly string[];
  }): { readonly hands: Hands; readonly network: CellNetwork };
  readonly facts: PolicyFacts;
  /** Finds a secret of this profile in what is about to leave. */
  readonly outgoing: OutgoingScan;
  /** Where the database key came from, and what to know about that. */
  readonly key: { readonly source: string; readonly warning: string | null };
  /** The session whose grants count; set when one is opened. */
  sessionId: string | null;
  /** What that session read from outside. */
  taint: Taint;
  /** Of a run with `--lock`: grants open no path and no host in its cells that this has no room for. */
  lock: Manifest | null;
  /** MCP servers that whoever shows its session gives it. */
  given: GivenServers;
  /** Told of files that were set aside; the surface prints them. */
  onNotice: (text: string) => void;
  /** The table with today's values. */
  table(
    sandbox: SandboxState["kind"],
    providers: readonly ProviderChoice[],
  ): Promise<CompartmentSpec[]>;
  /** Caps that are reached now, of today and of the open session. */
  trips(): Promise<readonly Trip[]>;
  /**
   * Another session's ward in this process: its own workspace, cells, grants in force and taint,
   * on the same store and launcher. It ends before this one.
   *
   * @param answers Of whoever speaks there, where the owner's own answers for a session are not
   *   theirs. @default {the owner speaks}
   */
  beside(start: ProcessStart, answers?: SessionAnswers): Ward;
  /** Ends its cells; the ward that was opened first ends the process's threads, too. */
  close(): Promise<void>;
}

/**
 * Opens a profile.
 *
 * @param machine What is found on the machine; the proof's own test puts a weaker sandbox in.
 * @param engine The database engine, when its compilation has begun already.
 * @param log Takes what happened. @default {SILENT_LOG}
 * @param options `isLate`: see `Ward.launch`; the caller sees to it that it is called in time.
 *   @default {false}
 * @throws {AppError} What stands in the way of the store: a wrong or missing key, a full disk.
 */
export async function openWard(
  start: ProcessStart,
  machine: Machine = machineFor(start.environment),
  engine: Promise<WebAssembly.Module> = compileEngine(start.form),
  log: Log = SILENT_LOG,
  options: { readonly isLate: boolean } = { isLate: false },
): Promise<Ward> {
  const process = await openProcess(start, machine, engine, log, options);
  return wardIn(process, start, process.close);
}

/** A ward of one workspace in a process that may hold several. */
function wardIn(
  process: WardProcess,
  start: ProcessStart,
  end: () => Promise<void>,
  answers?: SessionAnswers,
): Ward {
  const { machine, log, store, key, planted, running } = process;
  const { settings, form, environment, osHome } = start;
  const { variables } = environment;
  const data = openDataFolder(
    settings.dataDir,
    variables["USER"] ?? variables["LOGNAME"] ?? "user",
    settings.workspace,
  );
  const base = tableBase(start, machine, data, process.helpers);
  const book = createGrantBook({
    store,
    clock: systemClock,
    random: systemRandom,
    mode: () => ward.mode,
    stamp: () => readGrantStamp(data.path),
    answers,
  });
  const pending = new Set<Promise<unknown>>();
  const audit: Store["appendAudit"] = (entries) => {
    const writing = store.appendAudit(entries).finally(() => pending.delete(writing));
    pending.add(writing);
    return writing;
  };
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
  const narrowed = (grants: readonly Grant[]) =>
    grants.flatMap((grant) =>
      ward.lock === null ? [grant] : narrowedTo(ward.lock, grant, settings.workspace)
    );
  const handsInputs: HandsInputs = {
    settings,
    form,
    machine,
    data,
    osHome,
    planted,
    launcher: process.threads.launcher,
    running,
    now: systemClock.now,
    async grants() {
      const active = await book.active(ward.sessionId);
      const taint = ward.taint.inForce(active, ward.sessionId);
      const grants = grantsUnder(taint, active).filter(({ compartment }) =>
        compartment === "hands"
      );
      return { grants: narrowed(grants), tainted: taint !== null };
    },
    isRevoked: ({ id }) => book.isRevoked(id),
    narrowed,
    network,
    ...cellEvents({
      audit,
      log,
      sessionId: () => ward.sessionId,
      notice: (text) => ward.onNotice(text),
      giveUpRun: process.giveUpRun,
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
    secrets: process.secrets,
    log,
    book,
    hands,
    network,
    openEgress: (cell, hosts) => startEgress({ ...networkOf(cell), hosts }),
    onPlanted: handsInputs.onPlanted,
    running,
    launch: process.launch,
    threads: process.threads,
    planted,
    handsIn: (workspace, hosts = []) =>
      createHands({
        ...handsInputs,
        settings: { ...settings, workspace },
        network: hosts.length === 0 ? NO_NETWORK : provingNetwork(hosts, networkOf("hands")),
        grants: () => Promise.resolve({ grants: [], tainted: false }),
      }),
    roomHands({ workspace, outputDir, grants, standsOn }) {
      const network = createCellNetwork(networkOf("hands"));
      const hands = createHands({
        ...handsInputs,
        settings: { ...settings, workspace, commands: { ...settings.commands, allow: [] } },
        data: { ...data, outputDir },
        network,
        isThrownAway: true,
        // The accesses of its agent were held against the lock one by one.
        narrowed: (all) => all,
        async grants() {
          const revoked = await Promise.all(standsOn.map(book.isRevoked));
          return { grants: revoked.some(Boolean) ? [] : grants, tainted: false };
        },
      });
      return { hands, network };
    },
    facts,
    outgoing: process.outgoing,
    key,
    mode: settings.approvals.mode,
    sessionId: null,
    lock: null,
    given: { servers: [], values: {} },
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
        mcpLogins: settings.mcpServers
          .flatMap((one) => one.enabled && one.transport.type === "http" ? [one.alias] : []),
        proxied: proxiedRows(grants, data.path),
        browser: browserRow(settings, data.path),
        slack: slackAliases(settings.home).length > 0
          ? providerHost(settings.slack.apiUrl)
          : undefined,
        api: start.apiToken === null ? undefined : apiRow(settings.daemon.api),
        channels: settings.channels.filter(({ enabled }) => enabled).map(channelRow),
        servers: settings.mcpServers.filter(({ enabled }) => enabled)
          .map((one) => serverInputs(one, machine, { workspace: settings.workspace, osHome })),
        grants,
      });
    },
    async trips() {
      const { budget } = settings;
      if (!hasSharedCaps(budget)) return [];
      return await store.listTrips({ sessionId: ward.sessionId, caps: sharedCaps(budget) });
    },
    beside: (other, theirs) => wardIn(process, other, () => Promise.resolve(), theirs),
    async close() {
      await hands.router.end();
      await Promise.allSettled(pending);
      await end();
    },
  };
  return ward;
}
