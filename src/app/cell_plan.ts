/** From the table's row to a cell: what is mounted, in which order, and with which bounds. */
import { exists } from "../host/file_exists.ts";
import { PIPE_MAKER } from "../compartments/launcher/bubblewrap.ts";
import type { CompartmentSpec } from "../compartments/table.ts";
import type { PlantedCanaries } from "../host/canaries.ts";
import { type Machine, programMounts } from "../host/machine.ts";
import { maskedPaths, protectedPaths } from "../host/protected_paths.ts";
import { within } from "../model/paths.ts";
import type { Canaries, CellLimits, CellSpec, Mount, ProgramMount } from "../model/cell.ts";
import type { CellVariant, Grant } from "../model/permission.ts";

/** What the plan is made from. */
export interface CellPlanInputs {
  readonly spec: CompartmentSpec;
  readonly variant: CellVariant;
  readonly workspace: string;
  readonly home: string;
  readonly dataDir: string;
  readonly outputDir: string;
  readonly osHome: string;
  readonly selfPaths: readonly string[];
  readonly machine: Machine;
  /** Names of allowed programs. */
  readonly programs: readonly string[];
  readonly grants: readonly Grant[];
  readonly limits: CellLimits;
  readonly planted: PlantedCanaries;
  /** Small files of /etc for the cell: host path by path in the cell. */
  readonly etc: Readonly<Record<string, string>>;
}

/** A cell to start, and what its plan left out. */
export interface CellPlan {
  readonly programs: readonly ProgramMount[];
  readonly unseenFolders: number;
  build(canaries: Canaries): CellSpec;
}

/** Where a shell is looked for when one approved line needs it. */
const SHELL = "/bin/sh";

/**
 * Plans a cell. Reads folder names only.
 *
 * Order matters: a later mount lies over an earlier one, so the workspace comes first, then what
 * is read-only or absent in it, and ward's own files last.
 */
export function planCell(inputs: CellPlanInputs): CellPlan {
  const { spec, variant, workspace, machine } = inputs;
  const allowed = new Set(
    inputs.grants.filter((grant) => grant.permission === "write").map((grant) => grant.value),
  );
  const readable = new Set([
    ...allowed,
    ...inputs.grants.filter((grant) => grant.permission === "read").map((grant) => grant.value),
  ]);
  const guard = (folder: string) =>
    protectedPaths(folder, { gitWrite: variant !== "default", allowed });
  const { mounts: guarded, unseenFolders } = guard(workspace);
  const writable = [workspace, ...allowed];
  const names = variant === "shell" ? [...inputs.programs, SHELL, "sh"] : inputs.programs;
  const programs = programMounts(machine, names)
    // A program that the cell could replace must not be run by its name.
    .filter((program) => !writable.some((folder) => within(folder, program.path)));
  const mounts: Mount[] = [
    ...Object.entries(inputs.etc).map(([at, path]): Mount => ({ path, at, mode: "read" })),
    { path: workspace, mode: "write" },
    ...guarded,
    ...maskedPaths(inputs.osHome, workspace, readable),
  ];
  for (const home of [inputs.home, inputs.dataDir]) {
    if (within(workspace, home) && home !== workspace) {
      mounts.push({ path: home, mode: "masked-dir" });
    }
  }
  for (const self of inputs.selfPaths) {
    if (within(workspace, self) && exists(self)) mounts.push({ path: self, mode: "read" });
  }
  for (const grant of inputs.grants) {
    if (grant.permission !== "read" && grant.permission !== "write") continue;
    if (!exists(grant.value)) continue;
    mounts.push({ path: grant.value, mode: grant.permission });
    if (grant.permission === "write") mounts.push(...guard(grant.value).mounts);
  }
  mounts.push({ path: inputs.outputDir, mode: "read" }, ...inputs.planted.mounts);
  return {
    programs,
    unseenFolders,
    build: (canaries) => ({
      id: spec.id,
      entry: spec.entry ?? "",
      cwd: workspace,
      mounts,
      programs,
      permissions: {
        ...spec.permissions,
        run: variant === "shell"
          ? programs.filter((program) => program.name === "sh").map((program) => program.path)
          : [...programs.map((program) => program.path), PIPE_MAKER],
      },
      limits: inputs.limits,
      canaries,
    }),
  };
}
