/**
 * Cells by `sandbox-exec` of macOS (sandbox-exec(1), deprecated by Apple and still part of every
 * macOS). Written and reviewed against the proof, never run by us.
 *
 * One profile is inherited by everything that is started and cannot be left. There are no mounts
 * and no process table of the cell's own: see `demand` for what the proof cannot show.
 */
import { AppError } from "../../base/app_error.ts";
import type { CellSpec } from "../../model/cells/cell.ts";
import { cellPlaces, cellVariables, layoutOf } from "./layout.ts";
import type { Sandbox, SandboxMachine, SelfImage } from "./sandbox.ts";
import { seatbeltProfile } from "./seatbelt_profile.ts";

/**
 * Closes what ward was started with, goes to the workspace and becomes the command. A shell that
 * does not know numbers of more than one digit ends here.
 */
export const SEATBELT_START = "for f in /dev/fd/*; do n=${f##*/}; case $n in 0|1|2) ;; " +
  '*[!0-9]*) exit 125;; *) eval "exec $n>&-" || exit 125;; esac; done; ' +
  'cd -- "$1" && shift && exec "$@"';

/** Longest profile, characters: arguments are bounded (ARG_MAX, 1 MiB on macOS). */
const PROFILE_LIMIT = 800_000;

/** See {@linkcode Sandbox}. */
export const seatbelt: Sandbox = {
  kind: "seatbelt",
  os: "darwin",
  name: "sandbox-exec of macOS",
  layer: "SEATBELT",
  mounts: false,
  demand: {
    held: [
      "file",
      "link",
      "network",
      "signals",
      "capabilities",
      "write",
      "move",
      "second_name",
      "descriptors",
    ],
    untriable: ["processes", "environment", "kernel", "end"],
  },
  noHosts: () => ({
    cause: "cells by sandbox-exec have no 127.0.0.1 of their own",
    fix: "Run such commands yourself, or ward on Linux",
  }),
  missing: ({ sandboxExec, probes, mkfifo }) =>
    sandboxExec && probes.ls && probes.env && mkfifo ? null : {
      cause: "`sandbox-exec` or a program to prove it by is not in a system folder",
      fix: "They are parts of macOS; see `ls -l /usr/bin/sandbox-exec`",
    },
  programs: (machine) => machine.sandboxExec ? [starter(machine)] : [],
  line: (spec, machine, self) => ({
    program: starter(machine),
    args: [
      "-c",
      SEATBELT_START,
      "cell",
      spec.cwd,
      "/usr/bin/env",
      "-i",
      ...Object.entries(cellVariables(spec.tmp)).map(([name, value]) => `${name}=${value}`),
      machine.sandboxExec ?? "",
      "-p",
      profileOf(spec, machine, self),
      self.runtime,
      ...self.args,
    ],
    detached: true,
  }),
};

/** bash, which knows numbers of more digits; `sh` of macOS is the same one, unless it was chosen. */
function starter({ closer }: SandboxMachine): string {
  return closer ?? "/bin/sh";
}

function profileOf(spec: CellSpec, machine: SandboxMachine, self: SelfImage): string {
  const { probes, pipeMaker } = cellPlaces(seatbelt, machine);
  const { cat, ls, env } = probes;
  const profile = seatbeltProfile({
    steps: layoutOf(spec, machine, self).steps,
    programs: spec.programs.flatMap(({ path, linkTo }) => linkTo ? [path, linkTo] : [path]),
    own: [self.runtime, pipeMaker, cat, ls, env].filter((path) => path !== null),
  });
  if (profile.length <= PROFILE_LIMIT) return profile;
  throw new AppError("cell.profile_size", "The workspace has too many protected files for a cell", {
    hint: "Use a smaller folder as workspace (-w)",
  });
}
