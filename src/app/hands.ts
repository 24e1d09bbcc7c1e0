/** The `hands` of one process: which programs, which set, which cell, and what comes after it. */
import { planCell } from "./cell_plan.ts";
import type { Form } from "./code_base.ts";
import { createHandsRouter, type HandsRouter } from "./hands_router.ts";
import { AppError } from "../base/app_error.ts";
import { PIPE_MAKER } from "../compartments/launcher/bubblewrap.ts";
import { type Running, startCell, startThread } from "../compartments/start.ts";
import { compartment, reducedPipes, type TableInputs } from "../compartments/table.ts";
import type { Client } from "../compartments/wire.ts";
import { type PlantedCanaries, withListener } from "../host/canaries.ts";
import type { DataFolder } from "../host/data_folder.ts";
import { isItself } from "../host/file_exists.ts";
import { allPrograms, findProgram, type Machine, programMounts } from "../host/machine.ts";
import { protectedEntries, type ProtectedState, setPlantedAside } from "../host/planted.ts";
import type { CellLimits, ProofLine } from "../model/cell.ts";
import type { CommandPlan } from "../model/command.ts";
import { within } from "../model/paths.ts";
import { planPrograms } from "../kernel/commands/plan_programs.ts";
import { DEFAULT_ALLOW, findRule } from "../kernel/commands/rules.ts";
import { splitWords } from "../kernel/policy/explain.ts";
import type { CellVariant, Grant } from "../model/permission.ts";
import type { ResolvedSettings } from "../model/settings.ts";

/** What holds the cells on this machine, as found by starting one. */
export interface SandboxState {
  readonly kind: "bubblewrap" | "none";
  /** Why there is none. */
  readonly cause: string | null;
  /** What to do about it, where that is known. */
  readonly fix: string | null;
}

/** What `hands` is made from. */
export interface HandsInputs {
  readonly settings: ResolvedSettings;
  readonly form: Form;
  readonly machine: Machine;
  readonly data: DataFolder;
  readonly osHome: string;
  readonly planted: PlantedCanaries;
  readonly launcher: Client;
  /** Grants in force now for `hands`. */
  grants(): Promise<readonly Grant[]>;
  now(): number;
  /** Tells the user and the audit log of files that were set aside, and of those that could not. */
  onPlanted(paths: readonly string[], left: readonly string[]): void;
  /** A cell was started or refused to serve. */
  onCell(event: { variant: CellVariant; proven: boolean; detail: string }): void;
  /** No cell could be started: from here on `hands` is a thread. */
  onReduced(state: SandboxState): void;
}

/** Tmpfs of a cell; memory is only taken as it is filled. */
const TMP_BYTES = 256 * 1024 * 1024;

/** Idle time after which the warm cell is ended. */
const IDLE_MS = 300_000;

/** See {@linkcode createHands}. */
export interface Hands {
  readonly router: HandsRouter;
  /** Which sandbox is in force; the first call starts the warm cell to find out. */
  sandbox(): Promise<SandboxState>;
  /** The same without starting anything; null while it is not known. */
  knownSandbox(): SandboxState | null;
  /** Names of the programs that may run with these grants, those that exist. */
  programs(grants: readonly Grant[]): readonly string[];
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
  const programs = (grants: readonly Grant[]) => programNames(settings, machine, grants);
  let sandbox: SandboxState | null = null;
  let lastProof: readonly ProofLine[] = [];

  const tableInputs = (grants: readonly Grant[], kind: SandboxState["kind"]): TableInputs => ({
    workspace: settings.workspace,
    dataDir: inputs.data.path,
    outputDir: inputs.data.outputDir,
    programs: [
      ...programMounts(machine, programs(grants)).map((program) => program.path),
      // In a cell the pipe maker has a place of its own (`planCell`).
      ...(kind === "none" && machine.mkfifo ? [machine.mkfifo] : []),
    ],
    sandbox: kind,
    commandsWithoutSandbox: settings.commands.withoutSandbox,
    helpers: [],
    providers: [],
    grants,
  });

  async function start(
    variant: CellVariant,
    grants: readonly Grant[],
    workspace: string = settings.workspace,
  ): Promise<Running> {
    if (!machine.bwrap || !machine.probes.cat) {
      throw new AppError("cell.no_sandbox", "bubblewrap is not installed", {
        hint: "Install the package `bubblewrap` (Debian, Ubuntu: apt install bubblewrap; Fedora: " +
          "dnf install bubblewrap)",
      });
    }
    const spec = compartment(tableInputs(grants, "bubblewrap"), "hands")!;
    const plan = planCell({
      spec,
      variant,
      workspace,
      home: settings.home,
      dataDir: inputs.data.path,
      outputDir: inputs.data.outputDir,
      osHome: inputs.osHome,
      selfPaths,
      machine,
      programs: programs(grants),
      grants,
      limits,
      planted: inputs.planted,
      etc: inputs.data.etc,
    });
    const bwrap = machine.bwrap;
    try {
      const running = await withListener(
        inputs.planted,
        (canaries) =>
          startCell(plan.build(canaries), {
            launcher: inputs.launcher,
            bwrap,
            machine,
            self: form.self,
          }),
      );
      await running.client.call("configure", {
        programs: Object.fromEntries(plan.programs.map(({ name, path }) => [name, path])),
        shell: variant === "shell"
          ? plan.programs.find((program) => program.name === "sh")?.path ?? null
          : null,
        pipeMaker: PIPE_MAKER,
        pipeFolder: "/tmp",
        reduced: null,
      });
      inputs.onCell({ variant, proven: true, detail: `${running.proof.length} canaries refused` });
      lastProof = running.proof;
      return running;
    } catch (error) {
      lastProof = (error as { proof?: readonly ProofLine[] }).proof ?? [];
      inputs.onCell({ variant, proven: false, detail: String((error as Error).message) });
      throw error;
    }
  }

  /** Whether an empty folder gets a cell: then what failed is a matter of this workspace. */
  async function holdsAtAll(): Promise<boolean> {
    const empty = `${inputs.data.path}/empty`;
    Deno.mkdirSync(empty, { recursive: true, mode: 0o700 });
    try {
      const running = await start("default", [], empty);
      running.stop(new AppError("cell.tried", "The cell was only tried"));
      await running.ended;
      return true;
    } catch {
      return false;
    }
  }

  /** Without a sandbox: the same worker as a thread, with checks of real paths. */
  async function startReduced(grants: readonly Grant[]): Promise<Running> {
    const spec = compartment(tableInputs(grants, "none"), "hands")!;
    const pipeFolder = reducedPipes(inputs.data.path);
    Deno.mkdirSync(pipeFolder, { recursive: true, mode: 0o700 });
    const running = startThread(spec, form);
    const { read, write } = spec.permissions;
    await running.client.call("configure", {
      programs: settings.commands.withoutSandbox
        ? Object.fromEntries(
          programMounts(machine, programs(grants)).map(({ name, path }) => [name, path]),
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
          : [settings.home, inputs.data.path].filter((path) => within(settings.workspace, path)),
      },
    });
    return running;
  }

  const router = createHandsRouter({
    idleMs: IDLE_MS,
    now: inputs.now,
    // By the plan and not by the answer, which any program in the cell can forge. Programs of the
    // default list write nothing (their risky options are not covered by it).
    isRisky: (method, params) =>
      method === "runPlan" &&
      planPrograms((params as { plan: CommandPlan }).plan)
        .some((words) => findRule(DEFAULT_ALLOW, words) === null),
    async plan(variant, leased) {
      const grants = [...await inputs.grants(), ...leased];
      const ends = grants.flatMap(({ scope }) => scope.type === "until" ? [scope.atMs] : []);
      const writable = grants.filter((grant) => grant.permission === "write")
        .map((grant) => grant.value);
      const roots = [settings.workspace, ...writable].filter(isItself);
      const before = new Map<string, ProtectedState>();
      return {
        key: JSON.stringify([variant, grants.map(({ permission, value }) => [permission, value])]),
        expiresAtMs: ends.length > 0 ? Math.min(...ends) : null,
        async start() {
          for (const root of roots) {
            before.set(root, protectedEntries(root, { own: selfPaths }));
          }
          if (sandbox?.kind === "none") return await startReduced(grants);
          if (sandbox) return await start(variant, grants);
          // The first start decides, by the cell's own proof and never by looking for a program.
          // A later one that fails is an error: what held once is not given up silently.
          try {
            const running = await start(variant, grants);
            sandbox = { kind: "bubblewrap", cause: null, fix: null };
            return running;
          } catch (error) {
            if (await holdsAtAll()) {
              // What lies in the workspace must not be able to switch the sandbox off.
              sandbox = { kind: "bubblewrap", cause: null, fix: null };
              throw error;
            }
            sandbox = { kind: "none", ...causeOf(error) };
            inputs.onReduced(sandbox);
            return await startReduced(grants);
          }
        },
        afterwards() {
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
      if (!sandbox) {
        await router.warm().catch((error) => {
          if (!sandbox) throw error;
        });
      }
      return sandbox!;
    },
    knownSandbox: () => sandbox,
    programs,
    lastProof: () => lastProof,
    limitsNotInForce: [
      ...(machine.prlimit ? [] : ["memory, processes, file size, CPU: prlimit is missing"]),
      // RLIMIT_NPROC is not applied to root (setrlimit(2)); commands are then bounded by time.
      ...(Deno.uid() === 0 ? ["processes: ward runs as root"] : []),
    ],
  };
}

/** What the system says when it forbids user namespaces (user_namespaces(7)). */
const NO_NAMESPACES =
  /setting up uid map|Operation not permitted|No permissions to creat|Creating new namespace failed/;

/** Why no cell could be started, and the exact fix where the cause is known. */
function causeOf(error: unknown): { cause: string; fix: string | null } {
  const cause = error instanceof AppError ? error.message : String(error);
  if (NO_NAMESPACES.test(cause)) {
    return {
      cause: `${cause} (this system forbids unprivileged user namespaces)`,
      fix: "On Ubuntu 24.04 and later: allow bwrap an AppArmor profile with `userns` (or sysctl " +
        "kernel.apparmor_restrict_unprivileged_userns=0); in Docker: --security-opt " +
        "seccomp=unconfined --security-opt apparmor=unconfined; elsewhere: see sysctl " +
        "user.max_user_namespaces",
    };
  }
  return { cause, fix: (error instanceof AppError ? error.hint : null) ?? null };
}

function programNames(
  settings: ResolvedSettings,
  machine: Machine,
  grants: readonly Grant[],
): string[] {
  const rules = [
    ...settings.commands.allow,
    ...grants.filter((grant) => grant.permission === "run" && !grant.value.startsWith("line:"))
      .map((grant) => grant.value),
  ];
  if (rules.includes("*")) return allPrograms(machine);
  const names = new Set(rules.map((rule) => splitWords(rule)[0] ?? ""));
  return [...names].filter((name) => findProgram(machine, name) !== null);
}
