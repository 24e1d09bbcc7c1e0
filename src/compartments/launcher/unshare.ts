/**
 * Cells by `unshare` of util-linux (unshare(1)), where bubblewrap is missing or does not hold.
 *
 * First new namespaces whose root user is whoever runs ward: there a fixed script builds the cell's
 * root by mounts and leaves the machine's behind (pivot_root(8)). Then one more user namespace, in
 * which the user is itself again, owns no mount and gives up every capability; a further one is
 * refused. Process 1 is a shell that only waits, so that orphans are collected.
 */
import { AppError } from "../../base/app_error.ts";
import type { CellSpec } from "../../model/cells/cell.ts";
import { CELL_FOLDER, cellVariables, layoutOf, type LayoutStep } from "./layout.ts";
import { ALL_HELD, type Sandbox, type SandboxMachine, type SelfImage } from "./sandbox.ts";
import { UNSHARE_SCRIPT } from "./unshare_script.ts";

/** Process 1 of the cell; the last `exit` keeps a shell from becoming the command itself. */
const REAPER = '"$@"; exit "$?"';

/** See {@linkcode Sandbox}. */
export const unshare: Sandbox = {
  kind: "unshare",
  os: "linux",
  name: "unshare of util-linux",
  layer: "UNSHARE",
  mounts: true,
  demand: ALL_HELD,
  noHosts: ({ unshare }) =>
    "missing" in unshare || unshare.ip !== null ? null : {
      cause: "cells by unshare have no 127.0.0.1 without `ip`",
      fix: "Install iproute2, or bubblewrap",
    },
  missing: (machine) =>
    "missing" in machine.unshare
      ? { cause: machine.unshare.missing, fix: "Install util-linux and coreutils" }
      : null,
  programs: (machine) => "missing" in machine.unshare ? [] : [machine.unshare.setpriv],
  line(spec, machine, self) {
    if ("missing" in machine.unshare) {
      throw new AppError("cell.failed", `No cell by unshare: ${machine.unshare.missing}`);
    }
    return {
      program: machine.unshare.setpriv,
      args: unshareArguments(spec, machine, machine.unshare, self),
      detached: false,
    };
  },
};

function unshareArguments(
  spec: CellSpec,
  machine: SandboxMachine,
  tools: Exclude<SandboxMachine["unshare"], { missing: string }>,
  self: SelfImage,
): string[] {
  const { steps, command } = layoutOf(spec, machine, self);
  const inside = (name: string) => `${CELL_FOLDER}/${name}`;
  const helpers = (["unshare", "setpriv", "env", "sh"] as const).map((name): LayoutStep => ({
    type: "bind",
    source: tools[name],
    at: inside(name),
    write: false,
  }));
  const variables = Object.entries(cellVariables(spec.tmp)).map(([name, value]) =>
    `${name}=${value}`
  );
  return [
    "--pdeathsig=KILL",
    tools.setsid,
    tools.unshare,
    "--user",
    "--map-root-user",
    "--mount",
    "--pid",
    "--net",
    "--ipc",
    "--uts",
    "--cgroup",
    "--fork",
    "--kill-child=KILL",
    tools.sh,
    "-c",
    UNSHARE_SCRIPT,
    "cell",
    tools.mount,
    tools.umount,
    tools.pivotRoot,
    tools.mkdir,
    tools.ln,
    tools.ip ?? "",
    tools.hostname ?? "",
    spec.cwd,
    ...[...helpers, ...steps].flatMap(stepWords),
    ...sealWords(steps),
    "--",
    // A shell may have set variables of its own; process 1 has none either.
    inside("env"),
    "-i",
    inside("unshare"),
    "--user",
    `--map-user=${machine.user.uid}`,
    `--map-group=${machine.user.gid}`,
    "--keep-caps",
    inside("setpriv"),
    "--bounding-set=-all",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--no-new-privs",
    inside("sh"),
    "-c",
    REAPER,
    "cell",
    inside("env"),
    "-i",
    ...variables,
    ...command,
  ];
}

function stepWords(step: LayoutStep): string[] {
  switch (step.type) {
    case "bind":
      return [step.write ? "write" : "read", step.source, mountinfoName(step.source), step.at];
    case "link":
      return ["link", step.target, step.at];
    case "tmpfs":
      return ["tmpfs", String(step.bytes), step.at];
    case "proc":
    case "dev":
      return [step.type, "", step.at];
  }
}

/** What ends read-only, with the flags that stay. */
function sealWords(steps: readonly LayoutStep[]): string[] {
  const masks = steps.flatMap((step) => step.type === "tmpfs" && !step.write ? [step.at] : []);
  return [
    ...masks.flatMap((path) => ["seal", "nosuid,nodev", path]),
    ...["seal", "nosuid,nodev,noexec", "/proc"],
    ...["seal", "nosuid", "/dev"],
    ...["seal", "nosuid,nodev", "/"],
  ];
}

/** A path as `/proc/self/mountinfo` writes it (proc(5)). */
function mountinfoName(path: string): string {
  return path.replace(
    /[ \t\n\\]/g,
    (char) => "\\" + char.charCodeAt(0).toString(8).padStart(3, "0"),
  );
}
