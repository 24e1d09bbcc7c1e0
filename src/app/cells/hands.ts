/** The `hands` of one process: which programs, which set, which cell, and what comes after it. */
import type { CellNetwork } from "./network/cell_network.ts";
import type { Egress } from "./network/egress.ts";
import { planCell } from "./cell_plan.ts";
import { type InForce, limitsNotInForce, programNames } from "./in_force.ts";
import type { Form } from "../start/code_base.ts";
import { createHandsRouter, type HandsRouter, wordsOf } from "./hands_router.ts";
import { RunningPrograms } from "./running_programs.ts";
import { createSandboxChoice, type SandboxState } from "./sandbox_choice.ts";
import { AppError } from "../../base/app_error.ts";
import { cellPlaces, MOUNTED_TMP } from "../../compartments/launcher/layout.ts";
import type { Sandbox } from "../../compartments/launcher/sandbox.ts";
import { type Running, startCell, startThread } from "../../compartments/start.ts";
import { compartment, reducedPipes, type TableInputs } from "../../compartments/table.ts";
import type { Client } from "../../compartments/wire.ts";
import { type PlantedCanaries, withListener } from "../../host/protection/canaries.ts";
import { makeCellFolder } from "../../host/files/cell_folder.ts";
import type { DataFolder } from "../../host/files/data_folder.ts";
import { isItself } from "../../host/files/file_exists.ts";
import type { Machine } from "../../host/process/machine.ts";
import {
  protectedEntries,
  type ProtectedState,
  setPlantedAside,
} from "../../host/protection/planted.ts";
import type { CellLimits, ProofLine } from "../../model/cells/cell.ts";
import type { CommandPlan } from "../../model/cells/command.ts";
import { CELL_PROXY_URL } from "../../model/cells/egress.ts";
import { within } from "../../model/cells/paths.ts";
import { programMounts } from "../../host/process/programs.ts";
import { planPrograms } from "../../kernel/commands/plan_programs.ts";
import { DEFAULT_ALLOW, findRule } from "../../kernel/commands/rules.ts";
import { endOf } from "../../kernel/policy/grant_book.ts";
import type { CellVariant, Grant } from "../../model/cells/permission.ts";
import type { ResolvedSettings } from "../../model/settings.ts";

/** What `hands` is made from. */
export interface HandsInputs {
  readonly settings: ResolvedSettings;
  readonly form: Form;
  readonly machine: Machine;
  readonly data: DataFolder;
  readonly osHome: string;
  readonly planted: PlantedCanaries;
  readonly launcher: Client;
  /** What is in force now for `hands`. */
  grants(): Promise<InForce>;
  /** Whether a grant was taken back. */
  isRevoked(grant: Grant): Promise<boolean>;
  /** What a lock leaves of grants. @default all of them */
  narrowed?(grants: readonly Grant[]): readonly Grant[];
  now(): number;
  /** Tells the user and the audit log of files that were set aside, and of those that could not. */
  onPlanted(paths: readonly string[], left: readonly string[]): void;
  /** A cell was started or refused to serve. */
  onCell(event: { variant: CellVariant; proven: boolean; detail: string }): void;
  /** A cell that served has ended. */
  onCellEnd?(variant: CellVariant): void;
  /** How the cells reach granted hosts. */
  readonly network: CellNetwork;
  /** Counts what runs, for all cells of the process. @default nobody asks */
  readonly running?: RunningPrograms | undefined;
  /** What is planted in the workspace acts nowhere: it stays as it is. @default false */
  readonly isThrownAway?: boolean | undefined;
  /** Not all holds; without a cell `hands` is a thread from here on. */
  onReduced(state: SandboxState): void;
}

/** Tmpfs of a cell; memory is only taken as it is filled. */
const TMP_BYTES = 256 * 1024 * 1024;

/** Idle time after which the warm cell is ended. */
const IDLE_MS = 300_000;

/** How soon a call is ended whose grant another process revoked. */
const LOOK_MS = 1_000;

/** What the programs of the allow-list stand on. */
const NOTHING_FROM_OUTSIDE = "nothing was read from outside";

/** See {@linkcode createHands}. */
export interface Hands {
  readonly router: HandsRouter;
  /** Which sandbox is in force; the first call starts the warm cell to find out. */
  sandbox(): Promise<SandboxState>;
  /** The same without starting anything; null while it is not known. */
  knownSandbox(): SandboxState | null;
  /** Looks for what the first cell mounts, so that its start finds it known. Starts nothing. */
  prepare(): void;
  /** Names of the programs that may run now, those that exist. */
  programs(inForce: InForce): readonly string[];
  /** The proof of the cell that was started last, also of one that must not serve. */
  lastProof(): readonly ProofLine[];
  /** Limits that this machine cannot hold. */
  readonly limitsNotInForce: readonly string[];
}

/** Makes the `hands` of a process. Nothing is started yet. */
export function createHands(inputs: HandsInputs): Hands {
  const { settings, form, machine } = inputs;
  const limits: CellLimits = {
    memoryBytes: settings.limits.memoryBytes,
    processes: settings.limits.processes,
    fileBytes: settings.limits.fileBytes,
    cpuSeconds: settings.limits.cpuSeconds,
    tmpBytes: TMP_BYTES,
  };
  // Whoever changes the configuration decides what ward allows.
  const selfPaths = [...form.selfPaths, settings.configPath];
  const programs = (inForce: InForce) => programNames(settings, machine, inForce);
  let lastProof: readonly ProofLine[] = [];
  let isPrepared = false;

  const tableInputs = (
    inForce: InForce,
    kind: SandboxState["kind"],
    tmp: string = MOUNTED_TMP,
  ): TableInputs => ({
    workspace: settings.workspace,
    dataDir: inputs.data.path,
    outputDir: inputs.data.outputDir,
    programs: [
      ...programMounts(machine, programs(inForce)).map((program) => program.path),
      // In a cell the pipe maker has a place of its own (`planCell`).
      ...(kind === "none" && machine.mkfifo ? [machine.mkfifo] : []),
    ],
    sandbox: kind,
    tmp,
    commandsWithoutSandbox: settings.commands.withoutSandbox,
    helpers: [],
    providers: [],
    logins: [],
    proxied: [],
    grants: inForce.grants,
  });

  async function start(
    sandbox: Sandbox,
    variant: CellVariant,
    inForce: InForce,
    workspace: string = settings.workspace,
  ): Promise<Running> {
    const folder = sandbox.mounts ? null : makeCellFolder(inputs.data.path, inputs.now());
    const tmp = folder ?? { path: MOUNTED_TMP, mounts: [] };
    const { pipeMaker } = cellPlaces(sandbox, machine);
    const spec = compartment(tableInputs(inForce, sandbox.kind, tmp.path), "hands")!;
    let egress: Egress | null = null;
    try {
      egress = await inputs.network.open(inForce.grants, sandbox);
      const plan = planCell({
        spec,
        variant,
        workspace,
        home: settings.home,
        dataDir: inputs.data.path,
        others: settings.others,
        outputDir: inputs.data.outputDir,
        osHome: inputs.osHome,
        selfPaths,
        machine,
        programs: programs(inForce),
        grants: inForce.grants,
        limits,
        planted: inputs.planted,
        pipeMaker,
        tmp,
        etc: inputs.data.etc,
        egressFolder: egress?.folder ?? null,
      });
      const configuration = {
        programs: Object.fromEntries(plan.programs.map(({ name, path }) => [name, path])),
        shell: variant === "shell"
          ? plan.programs.find((program) => program.name === "sh")?.path ?? null
          : null,
        pipeMaker,
        pipeFolder: tmp.path,
        tmp: tmp.path,
        proxy: egress === null ? null : CELL_PROXY_URL,
        reduced: null,
      };
      const running = await withListener(
        inputs.planted,
        (canaries) =>
          startCell(plan.build(canaries), {
            launcher: inputs.launcher,
            sandbox,
            machine,
            self: form.self,
            setUp: { method: "configure", params: configuration },
          }),
      );
      await egress?.begin();
      const ended = running.ended.then(async () => {
        folder?.remove();
        await egress?.end();
        inputs.onCellEnd?.(variant);
      });
      const refused = running.proof.filter((line) => line.refused).length;
      inputs.onCell({ variant, proven: true, detail: `${refused} canaries refused` });
      lastProof = running.proof;
      return { ...running, ended };
    } catch (error) {
      folder?.remove();
      await egress?.end();
      lastProof = (error as { proof?: readonly ProofLine[] }).proof ?? lastProof;
      inputs.onCell({ variant, proven: false, detail: String((error as Error).message) });
      throw error;
    }
  }

  /** The proof of a cell for an empty folder; null: there is none. */
  async function holdsAtAll(sandbox: Sandbox): Promise<readonly ProofLine[] | null> {
    const empty = `${inputs.data.path}/empty`;
    Deno.mkdirSync(empty, { recursive: true, mode: 0o700 });
    try {
      const running = await start(sandbox, "default", { grants: [], tainted: false }, empty);
      running.stop(new AppError("cell.tried", "The cell was only tried"));
      await running.ended;
      return running.proof;
    } catch {
      return null;
    }
  }

  /** Without a sandbox: the same worker as a thread, with checks of real paths. */
  async function startReduced(inForce: InForce): Promise<Running> {
    const spec = compartment(tableInputs(inForce, "none"), "hands")!;
    const pipeFolder = reducedPipes(inputs.data.path);
    Deno.mkdirSync(pipeFolder, { recursive: true, mode: 0o700 });
    const running = startThread(spec, form);
    const { read, write } = spec.permissions;
    await running.client.call("configure", {
      programs: settings.commands.withoutSandbox
        ? Object.fromEntries(
          programMounts(machine, programs(inForce)).map(({ name, path }) => [name, path]),
        )
        : {},
      shell: null,
      pipeMaker: machine.mkfifo,
      pipeFolder,
      reduced: {
        read: read.filter((path) => path !== pipeFolder),
        write: write.filter((path) => path !== pipeFolder),
        // Ward's home is refused but for the workspace and the outputs that may lie in it.
        never: within(settings.home, settings.workspace)
          ? []
          : [settings.home, inputs.data.path, ...settings.others]
            .filter((path) => within(settings.workspace, path)),
      },
    });
    return running;
  }

  const choice = createSandboxChoice({ machine, holdsAtAll, onReduced: inputs.onReduced });

  const running = inputs.running ?? new RunningPrograms();
  const router = createHandsRouter({
    begin: (signal) => running.begin(signal),
    idleMs: IDLE_MS,
    lookMs: LOOK_MS,
    now: inputs.now,
    isRevoked: inputs.isRevoked,
    // By the plan and not by the answer, which any program in the cell can forge. Programs of the
    // default list write nothing (their risky options are not covered by it).
    isRisky: (method, params) =>
      method === "runPlan" &&
      planPrograms((params as { plan: CommandPlan }).plan)
        .some((words) => findRule(DEFAULT_ALLOW, words) === null),
    async plan(variant, leased) {
      const now = await inputs.grants();
      // What is counted is in the cell of the call that took a use, and in no other.
      const standing = now.grants.filter(({ usesLeft }) => usesLeft === undefined);
      const ours = leased.filter(({ compartment }) => compartment === "hands");
      const lent = inputs.narrowed?.(ours) ?? ours;
      const grants = [...standing, ...lent];
      const inForce = { ...now, grants };
      const ends = grants.map(({ scope }) => endOf(scope)).filter((end) => end !== null);
      const writable = grants.filter((grant) => grant.permission === "write")
        .map((grant) => grant.value);
      const roots = [settings.workspace, ...writable].filter(isItself);
      const before = new Map<string, ProtectedState>();
      return {
        key: JSON.stringify([
          variant,
          inputs.data.outputDir,
          now.tainted,
          grants.map(({ permission, value }) => [permission, value]),
        ]),
        expiresAtMs: ends.length > 0 ? Math.min(...ends) : null,
        granted: grants.map(wordsOf),
        standsOn: [...standing.map(wordsOf), ...(now.tainted ? [] : [NOTHING_FROM_OUTSIDE])],
        async start() {
          for (const root of roots) {
            before.set(root, protectedEntries(root, { own: selfPaths }));
          }
          return await choice.start((sandbox) => start(sandbox, variant, inForce)) ??
            await startReduced(inForce);
        },
        afterwards() {
          if (inputs.isThrownAway) return;
          const allowed = new Set(writable);
          const found = [...before].map(([root, entries]) =>
            setPlantedAside(root, entries, allowed, selfPaths)
          );
          const planted = found.flatMap((one) => one.planted);
          const left = found.flatMap((one) => one.left);
          if (planted.length + left.length > 0) inputs.onPlanted(planted, left);
        },
      };
    },
  });

  return {
    router,
    async sandbox() {
      if (!choice.known()) {
        await router.warm().catch((error) => {
          if (!choice.known()) throw error;
        });
      }
      return choice.known()!;
    },
    knownSandbox: choice.known,
    prepare() {
      if (isPrepared) return;
      isPrepared = true;
      try {
        programMounts(machine, programs({ grants: [], tainted: false }));
      } catch {
        // The start of the cell says it.
      }
    },
    programs,
    lastProof: () => lastProof,
    limitsNotInForce: limitsNotInForce(machine),
  };
}
