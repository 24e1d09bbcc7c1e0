/**
 * Which sandbox holds the cells of a process: the first one, best first, whose cell proves itself.
 * Decided once by starting cells, never by looking for a program; what held once is not given up.
 */
import { AppError } from "../../base/app_error.ts";
import type { Sandbox, SandboxMachine } from "../../compartments/launcher/sandbox.ts";
import { SANDBOXES } from "../../compartments/launcher/sandboxes.ts";
import type { ProofLine, SandboxKind } from "../../model/cells/cell.ts";

/** What holds the cells on this machine, as found by starting one. */
export interface SandboxState {
  readonly kind: SandboxKind | "none";
  /** `bubblewrap`, …, in words; `none` without one. */
  readonly name: string;
  /** As approvals and answers name it: `BWRAP`, … or `REDUCED`. */
  readonly layer: string;
  /** What its cells could not prove, and so is not counted on; with it, it is REDUCED too. */
  readonly notHeld: readonly string[];
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
  /**
   * The proof of a cell for an empty folder: then what failed is a matter of this workspace. Null
   * when not even that gets one.
   */
  holdsAtAll(sandbox: Sandbox): Promise<readonly ProofLine[] | null>;
  /** None holds, or not all of it. */
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
  start<T extends { readonly proof: readonly ProofLine[] }>(
    start: (sandbox: Sandbox) => Promise<T>,
  ): Promise<T | null>;
}

/** The sandboxes of a system, best first. */
const ofSystem = (machine: SandboxMachine) => SANDBOXES.filter(({ os }) => os === machine.os);

/** Makes a choice; nothing is started yet. */
export function createSandboxChoice(deps: SandboxChoiceDeps): SandboxChoice {
  let chosen: { sandbox: Sandbox | null; state: SandboxState } | null = null;

  async function choose<T extends { readonly proof: readonly ProofLine[] }>(
    start: (sandbox: Sandbox) => Promise<T>,
  ): Promise<T | null> {
    const passed: { name: string; cause: string; fix: string | null }[] = [];
    for (const sandbox of ofSystem(deps.machine)) {
      const { kind, name, layer } = sandbox;
      const missing = whyNot(sandbox, deps.machine);
      if (missing) {
        passed.push({ name, ...missing });
        continue;
      }
      const inForce = (proof: readonly ProofLine[]) => {
        const notHeld = proof.filter(({ untried }) => untried)
          .map(({ what, detail }) => `${what} (${detail})`);
        const state = { kind, name, layer, notHeld, cause: null, fix: null, passedOver: passed };
        chosen = { sandbox, state };
        if (notHeld.length > 0) deps.onReduced(state);
      };
      try {
        const started = await start(sandbox);
        inForce(started.proof);
        return started;
      } catch (error) {
        const proof = await deps.holdsAtAll(sandbox);
        if (proof) {
          // What lies in the workspace must not be able to switch the sandbox off.
          inForce(proof);
          throw error;
        }
        passed.push({ name, ...causeOf(error, kind === "unshare" ? "unshare" : "bwrap") });
      }
    }
    const [first, ...others] = passed;
    const state: SandboxState = {
      kind: "none",
      name: "none",
      layer: "REDUCED",
      notHeld: [],
      cause: [
        first?.cause ?? `no sandbox for ${deps.machine.os} is known`,
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
  return ofSystem(machine).find((sandbox) => whyNot(sandbox, machine) === null)?.layer ??
    "REDUCED";
}

/** Why no sandbox can even be tried here; null when one can. */
export function missingSandbox(machine: SandboxMachine): string | null {
  if (likelyLayer(machine) !== "REDUCED") return null;
  const first = ofSystem(machine)[0];
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
function causeOf(
  error: unknown,
  program: "bwrap" | "unshare",
): { cause: string; fix: string | null } {
  const cause = error instanceof AppError ? error.message : String(error);
  if (NO_NAMESPACES.test(cause)) {
    return {
      cause: `${cause} (this system forbids unprivileged user namespaces)`,
      fix:
        `On Ubuntu 24.04 and later: allow ${program} an AppArmor profile with \`userns\` (or sysctl ` +
        "kernel.apparmor_restrict_unprivileged_userns=0); in Docker: --security-opt " +
        "seccomp=unconfined --security-opt apparmor=unconfined; elsewhere: see sysctl " +
        "user.max_user_namespaces",
    };
  }
  return { cause, fix: (error instanceof AppError ? error.hint : null) ?? null };
}
