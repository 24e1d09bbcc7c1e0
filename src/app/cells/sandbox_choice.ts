/**
 * Which sandbox holds the cells of a process: the first one, best first, whose cell proves itself.
 * Decided once by starting cells, never by looking for a program; what held once is not given up.
 */
import { AppError } from "../../base/app_error.ts";
import type { Sandbox, SandboxMachine } from "../../compartments/launcher/sandbox.ts";
import { SANDBOXES } from "../../compartments/launcher/sandboxes.ts";
import type { SandboxKind } from "../../model/cell.ts";

/** What holds the cells on this machine, as found by starting one. */
export interface SandboxState {
  readonly kind: SandboxKind | "none";
  /** `bubblewrap`, …, in words; `none` without one. */
  readonly name: string;
  /** As approvals and answers name it: `BWRAP`, … or `REDUCED`. */
  readonly layer: string;
  /** Why there is none. */
  readonly cause: string | null;
  /** What to do about it, where that is known. */
  readonly fix: string | null;
  /** Better ones that do not hold here, and why. */
  readonly passedOver: readonly { readonly name: string; readonly cause: string }[];
}

/** What a choice needs. */
export interface SandboxChoiceDeps {
  readonly machine: SandboxMachine;
  /** Whether an empty folder gets a cell: then what failed is a matter of this workspace. */
  holdsAtAll(sandbox: Sandbox): Promise<boolean>;
  /** None holds. */
  onReduced(state: SandboxState): void;
}

/** See {@linkcode createSandboxChoice}. */
export interface SandboxChoice {
  /** What is in force; null while it is not known. */
  known(): SandboxState | null;
  /**
   * Starts a cell by the sandbox in force, or finds that out by this start.
   *
   * @param start Starts it by one sandbox and fails when it does not prove itself.
   * @returns What was started; null where no sandbox holds.
   * @throws What `start` throws where the sandbox holds and this one cell does not start.
   */
  start<T>(start: (sandbox: Sandbox) => Promise<T>): Promise<T | null>;
}

/** The sandboxes of this system, best first. */
const OURS = SANDBOXES.filter(({ os }) => os === Deno.build.os);

/** Makes a choice; nothing is started yet. */
export function createSandboxChoice(deps: SandboxChoiceDeps): SandboxChoice {
  let chosen: { sandbox: Sandbox | null; state: SandboxState } | null = null;

  async function choose<T>(start: (sandbox: Sandbox) => Promise<T>): Promise<T | null> {
    const passed: { name: string; cause: string; fix: string | null }[] = [];
    for (const sandbox of OURS) {
      const { kind, name, layer } = sandbox;
      const missing = whyNot(sandbox, deps.machine);
      if (missing) {
        passed.push({ name, ...missing });
        continue;
      }
      const inForce = () => {
        const state = { kind, name, layer, cause: null, fix: null, passedOver: passed };
        chosen = { sandbox, state };
      };
      try {
        const started = await start(sandbox);
        inForce();
        return started;
      } catch (error) {
        if (await deps.holdsAtAll(sandbox)) {
          // What lies in the workspace must not be able to switch the sandbox off.
          inForce();
          throw error;
        }
        passed.push({ name, ...causeOf(error) });
      }
    }
    const [first, ...others] = passed;
    const state: SandboxState = {
      kind: "none",
      name: "none",
      layer: "REDUCED",
      cause: [
        first?.cause ?? `no sandbox for ${Deno.build.os} is known`,
        ...others.map(({ name, cause }) => `${name}: ${cause}`),
      ].join("; "),
      fix: passed.find(({ fix }) => fix !== null)?.fix ?? null,
      passedOver: passed,
    };
    chosen = { sandbox: null, state };
    deps.onReduced(state);
    return null;
  }

  return {
    known: () => chosen?.state ?? null,
    async start(start) {
      if (!chosen) return await choose(start);
      return chosen.sandbox ? await start(chosen.sandbox) : null;
    },
  };
}

/**
 * The layer that is likely in force, from what is installed: for texts that come before the first
 * cell.
 */
export function likelyLayer(machine: SandboxMachine): string {
  return OURS.find((sandbox) => whyNot(sandbox, machine) === null)?.layer ??
    "REDUCED";
}

/** Why no sandbox can even be tried here; null when one can. */
export function missingSandbox(machine: SandboxMachine): string | null {
  if (likelyLayer(machine) !== "REDUCED") return null;
  const first = OURS[0];
  return first ? whyNot(first, machine)?.cause ?? null : null;
}

function whyNot(sandbox: Sandbox, machine: SandboxMachine): { cause: string; fix: string } | null {
  const missing = sandbox.missing(machine);
  if (missing) return missing;
  return machine.probes.cat ? null : {
    cause: "`cat` is not in a system folder, and no cell can be proven without it",
    fix: "Install coreutils",
  };
}

/** What the system says when it forbids user namespaces (user_namespaces(7)). */
const NO_NAMESPACES =
  /setting up uid map|Operation not permitted|No permissions to creat|Creating new namespace failed/;

/** Why a cell could not be started, and the exact fix where the cause is known. */
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
