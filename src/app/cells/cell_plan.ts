/** From the table's row to a cell: what is mounted, in which order, and with which bounds. */
import { AppError } from "../../base/app_error.ts";
import { exists, isItself } from "../../host/files/file_exists.ts";
import type { CompartmentSpec } from "../../compartments/table.ts";
import type { PlantedCanaries } from "../../host/protection/canaries.ts";
import type { Machine } from "../../host/process/machine.ts";
import { programMounts } from "../../host/process/programs.ts";
import {
  maskedPaths,
  maskedSockets,
  protectedPaths,
} from "../../host/protection/protected_paths.ts";
import { outermost, within } from "../../model/cells/paths.ts";
import type {
  Canaries,
  CellLimits,
  CellSpec,
  Mount,
  ProgramMount,
} from "../../model/cells/cell.ts";
import type { CellVariant, Grant } from "../../model/cells/permission.ts";

/** What the plan is made from. */
export interface CellPlanInputs {
  readonly spec: CompartmentSpec;
  readonly variant: CellVariant;
  readonly workspace: string;
  readonly home: string;
  readonly dataDir: string;
  /** Real paths of what ward keeps for other profiles. */
  readonly others: readonly string[];
  readonly outputDir: string;
  readonly osHome: string;
  readonly selfPaths: readonly string[];
  readonly machine: Machine;
  /** Names of allowed programs. */
  readonly programs: readonly string[];
  readonly grants: readonly Grant[];
  readonly limits: CellLimits;
  readonly planted: PlantedCanaries;
  /** Makes pipes in the cell, absolute. */
  readonly pipeMaker: string;
  /** The cell's folder for temporary files, and mounts that it takes. */
  readonly tmp: { readonly path: string; readonly mounts: readonly Mount[] };
  /** Small files of /etc for the cell: host path by path in the cell. */
  readonly etc: Readonly<Record<string, string>>;
  /** See {@linkcode CellSpec}. */
  readonly egressFolder: string | null;
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
 * @throws {AppError} `cell.workspace_moved`.
 *
 * Order matters: a later mount lies over an earlier one, so the workspace comes first, then what
 * is read-only or absent in it, and ward's own files last.
 */
export function planCell(inputs: CellPlanInputs): CellPlan {
  const { spec, variant, workspace, machine } = inputs;
  if (!isItself(workspace)) {
    throw new AppError(
      "cell.workspace_moved",
      `The workspace "${workspace}" is gone or a link now`,
      {
        hint: "Start ward again with -w",
      },
    );
  }
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
  const own = (root: string) => ownMounts(inputs, root);
  const masked = (root: string) =>
    maskedPaths(inputs.osHome, root, readable).map(machine.os === "darwin" ? byDiskName : asIs);
  const mounts: Mount[] = [
    ...Object.entries(inputs.etc).map(([at, path]): Mount => ({ path, at, mode: "read" })),
    ...(inputs.egressFolder === null ? [] : machine.certificates)
      .map((path): Mount => ({ path, mode: "read" })),
    { path: workspace, mode: "write" },
    ...own(workspace).pins,
    ...guarded,
    ...masked(workspace),
    ...own(workspace).covers,
  ];
  for (const grant of inMountOrder(inputs.grants)) {
    const root = grant.value;
    // A link that was put in its place since would bring in what it leads to.
    if (!isItself(root)) continue;
    // Mounted over an absent folder it would be seen again.
    if (isStateOfWard(inputs, root)) continue;
    mounts.push(
      { path: root, mode: grant.permission },
      ...(grant.permission === "write"
        ? [...own(root).pins, ...guard(root).mounts]
        : maskedSockets(root)),
      ...masked(root),
      ...own(root).covers,
    );
  }
  mounts.push(
    { path: inputs.outputDir, mode: "read" },
    ...inputs.planted.mounts,
    ...inputs.tmp.mounts,
  );
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
        run: [
          ...programs.filter(({ name }) => variant !== "shell" || name === "sh")
            .map(({ path }) => path),
          inputs.pipeMaker,
        ],
      },
      limits: inputs.limits,
      canaries,
      tmp: inputs.tmp.path,
      egressFolder: inputs.egressFolder,
    }),
  };
}

const asIs = (mount: Mount): Mount => mount;

/** Rules by path see the name on the disk, where upper and lower case may differ from ours. */
function byDiskName(mount: Mount): Mount {
  return { ...mount, path: Deno.realPathSync(mount.path) };
}

/** Whether a path lies in what ward keeps for any profile, this one's own workspace left out. */
function isStateOfWard({ home, dataDir, others, workspace }: CellPlanInputs, path: string) {
  if (within(home, workspace) && within(workspace, path)) return false;
  return [home, dataDir, ...others].some((own) => within(own, path));
}

/**
 * What is ward's own below a folder: its home absent, its code and runtime read-only. Their parents
 * are made mount points too, because a folder above a mount could be renamed away.
 */
function ownMounts(
  inputs: CellPlanInputs,
  root: string,
): { pins: Mount[]; covers: Mount[] } {
  const absent = outermost([inputs.home, inputs.dataDir, ...inputs.others])
    .filter((path) => path !== root);
  const covers: Mount[] = [
    ...absent.map((path): Mount => ({ path, mode: "masked-dir" })),
    // Mounted over an absent folder it would be seen again, the configuration with its keys too.
    ...inputs.selfPaths.filter((path) =>
      !absent.some((home) => within(root, home) && within(home, path))
    )
      .map((path): Mount => ({ path, mode: "read" })),
  ].filter(({ path }) => within(root, path) && exists(path));
  const parents = new Set<string>();
  for (const { path } of covers) {
    for (let at = parentOf(path); at !== root && within(root, at); at = parentOf(at)) {
      parents.add(at);
    }
  }
  const pins = [...parents].sort((a, b) => a.length - b.length)
    .map((path): Mount => ({ path, mode: "write" }));
  return { pins, covers };
}

/**
 * Grants of paths with those to write last and parents first, so that a grant to read, given later
 * or of a part, takes nothing back.
 */
function inMountOrder(grants: readonly Grant[]): (Grant & { permission: "read" | "write" })[] {
  const paths = (kind: "read" | "write") =>
    grants.filter((grant): grant is Grant & { permission: typeof kind } =>
      grant.permission === kind
    ).toSorted((a, b) => a.value.length - b.value.length);
  return [...paths("read"), ...paths("write")];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
