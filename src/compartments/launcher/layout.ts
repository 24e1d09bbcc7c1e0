/**
 * What a cell sees and how its command begins, worked out once for every sandbox.
 *
 * Order matters: a later step lies over an earlier one. The root, /proc and /dev end read-only; what
 * can be written is the workspace, granted folders and a bounded /tmp.
 */
import type { CellSpec, Probes } from "../../model/cells/cell.ts";
import type { Sandbox, SandboxMachine, SelfImage } from "./sandbox.ts";

/** Where ward's own files are in a cell, apart from everything the user's programs use. */
export const CELL_FOLDER = "/run/ward";
/** The runtime in a cell. */
export const RUNTIME = `${CELL_FOLDER}/runtime`;

/** Makes pipes in a cell that has mounts; on the worker's run list, apart from the user's programs. */
export const PIPE_MAKER = `${CELL_FOLDER}/mkfifo`;

/** Folder in a cell with the socket of its proxy. */
export const EGRESS_FOLDER = `${CELL_FOLDER}/egress`;

/** Folder for temporary files in a cell that has mounts of its own. */
export const MOUNTED_TMP = "/tmp";

/** Where a cell finds what is ward's own, apart from the runtime. */
export interface CellPlaces {
  readonly pipeMaker: string;
  readonly probes: Probes;
}

/** Where the cells of a sandbox find it on this machine. */
export function cellPlaces({ mounts }: Sandbox, machine: SandboxMachine): CellPlaces {
  const { probes, mkfifo } = machine;
  const place = (name: string, path: string | null) =>
    path !== null && mounts ? `${CELL_FOLDER}/${name}` : path;
  return {
    pipeMaker: mounts ? PIPE_MAKER : mkfifo ?? "/usr/bin/mkfifo",
    probes: {
      // Without it no cell is started at all (`whyNot`).
      cat: place("cat", probes.cat) ?? `${CELL_FOLDER}/cat`,
      mount: place("mount", probes.mount),
      ls: place("ls", probes.ls),
      env: place("env", probes.env),
    },
  };
}

/** Variables of the process inside, before any program gets its own. */
export function cellVariables(tmp: string): Readonly<Record<string, string>> {
  return {
    DENO_DIR: `${tmp}/.deno`,
    HOME: tmp,
    LC_ALL: "C.UTF-8",
    NO_COLOR: "1",
    PATH: "/usr/bin",
  };
}

/** Size of the empty folder that lies over a masked one. */
const MASK_BYTES = 65_536;

/** One step of building the root of a cell. */
export type LayoutStep =
  | { readonly type: "bind"; readonly source: string; readonly at: string; readonly write: boolean }
  | { readonly type: "link"; readonly target: string; readonly at: string }
  | { readonly type: "proc" | "dev"; readonly at: string }
  | {
    readonly type: "tmpfs";
    readonly at: string;
    readonly bytes: number;
    readonly write: boolean;
  };

/** See {@linkcode layoutOf}. */
export interface Layout {
  readonly steps: readonly LayoutStep[];
  /** The command inside, limits first. */
  readonly command: readonly string[];
}

/**
 * Works out the layout of a cell.
 *
 * @param spec The cell.
 * @param machine Library folders and helpers.
 * @param self Ward's own runtime and code.
 */
export function layoutOf(spec: CellSpec, machine: SandboxMachine, self: SelfImage): Layout {
  const read = (source: string, at: string = source): LayoutStep => ({
    type: "bind",
    source,
    at,
    write: false,
  });
  const { probes, prlimit, mkfifo } = machine;
  const steps: LayoutStep[] = [
    ...machine.libraries.map((path) => read(path)),
    ...machine.rootLinks.map(({ path, target }): LayoutStep => ({
      type: "link",
      target,
      at: path,
    })),
    { type: "proc", at: "/proc" },
    { type: "dev", at: "/dev" },
    { type: "tmpfs", at: MOUNTED_TMP, bytes: spec.limits.tmpBytes, write: true },
    ...spec.programs.map(({ path, linkTo }): LayoutStep =>
      linkTo ? { type: "link", target: linkTo, at: path } : read(path)
    ),
    read(self.runtime, RUNTIME),
    ...Object.entries({ ...probes, prlimit, mkfifo }).flatMap(([name, path]) =>
      path ? [read(path, `${CELL_FOLDER}/${name}`)] : []
    ),
    ...spec.mounts.map((mount): LayoutStep => {
      const at = mount.at ?? mount.path;
      if (mount.mode === "masked-file") return read("/dev/null", at);
      if (mount.mode === "masked-dir") {
        return { type: "tmpfs", at, bytes: MASK_BYTES, write: false };
      }
      return { type: "bind", source: mount.path, at, write: mount.mode === "write" };
    }),
    ...self.code ? [read(self.code)] : [],
    ...spec.egressFolder === null ? [] : [read(spec.egressFolder, EGRESS_FOLDER)],
  ];
  return { steps, command: [...limitWords(spec, prlimit), RUNTIME, ...self.args] };
}

function limitWords({ limits }: CellSpec, prlimit: string | null): string[] {
  if (!prlimit) return [];
  const { memoryBytes, processes, fileBytes, cpuSeconds } = limits;
  return [
    `${CELL_FOLDER}/prlimit`,
    // Private memory, not address space: V8 reserves far more of that than it uses.
    `--data=${memoryBytes}`,
    `--nproc=${processes}`,
    `--fsize=${fileBytes}`,
    `--cpu=${cpuSeconds}`,
    "--core=0",
    "--",
  ];
}
