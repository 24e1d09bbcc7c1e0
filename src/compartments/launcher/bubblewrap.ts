/**
 * Cells by bubblewrap (bwrap(1)).
 *
 * Invariant: everything is unshared, all capabilities are dropped, the environment is cleared and
 * only what the layout names is mounted.
 */
import { cellVariables, layoutOf } from "./layout.ts";
import { ALL_HELD, type Sandbox, type SandboxMachine, type SelfImage } from "./sandbox.ts";
import type { CellSpec } from "../../model/cells/cell.ts";

/** See {@linkcode Sandbox}. */
export const bubblewrap: Sandbox = {
  kind: "bubblewrap",
  os: "linux",
  name: "bubblewrap",
  layer: "BWRAP",
  mounts: true,
  demand: ALL_HELD,
  noHosts: () => null,
  missing: ({ bwrap }) =>
    bwrap ? null : {
      cause: "bubblewrap is not installed",
      fix: "Install the package `bubblewrap` (Debian, Ubuntu: apt install bubblewrap; Fedora: " +
        "dnf install bubblewrap)",
    },
  programs: ({ bwrap }) => bwrap ? [bwrap] : [],
  line: (spec, machine, self) => ({
    program: machine.bwrap ?? "",
    args: bubblewrapArguments(spec, machine, self),
    detached: true,
  }),
};

function bubblewrapArguments(
  spec: CellSpec,
  machine: SandboxMachine,
  self: SelfImage,
): string[] {
  const { steps, command } = layoutOf(spec, machine, self);
  const args = [
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--cap-drop",
    "ALL",
    "--new-session",
    "--die-with-parent",
    "--clearenv",
    "--hostname",
    "cell",
  ];
  for (const [name, value] of Object.entries(cellVariables(spec.tmp))) {
    args.push("--setenv", name, value);
  }
  for (const step of steps) {
    if (step.type === "bind") {
      args.push(step.write ? "--bind" : "--ro-bind", step.source, step.at);
    } else if (step.type === "link") args.push("--symlink", step.target, step.at);
    else if (step.type === "tmpfs") args.push("--size", String(step.bytes), "--tmpfs", step.at);
    else args.push(`--${step.type}`, step.at);
  }
  // Read-only only now: a mount point below a masked folder had to be made first.
  for (const step of steps) {
    if (step.type === "tmpfs" && !step.write) args.push("--remount-ro", step.at);
  }
  // Under /proc/sys root owns files that ask for no capability: `core_pattern` names a program that
  // the machine's kernel runs outside of every sandbox.
  for (const path of ["/proc", "/dev", "/"]) args.push("--remount-ro", path);
  args.push("--chdir", spec.cwd, "--", ...command);
  return args;
}
