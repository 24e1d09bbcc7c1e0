import type { PermissionSet } from "./permission.ts";

/** What can hold a cell. */
export type SandboxKind = "bubblewrap" | "unshare" | "seatbelt";

/** Programs of util-linux and coreutils by which a cell is made without bubblewrap. */
export interface UnshareTools {
  readonly unshare: string;
  readonly setpriv: string;
  readonly setsid: string;
  readonly mount: string;
  readonly umount: string;
  readonly pivotRoot: string;
  readonly sh: string;
  readonly env: string;
  readonly mkdir: string;
  readonly ln: string;
  /** Brings up the loopback of a cell, where it is installed. */
  readonly ip: string | null;
  /** Names the cell, where it is installed. */
  readonly hostname: string | null;
}

/** A path of the host as a cell sees it. */
export interface Mount {
  readonly path: string;
  /** Where it is in the cell; the same path when left out. */
  readonly at?: string | undefined;
  readonly mode: "read" | "write" | "masked-file" | "masked-dir";
}

/** Everything the launcher needs to start one cell; nothing in it is a secret. */
export interface CellSpec {
  /** Compartment id, such as `hands`. */
  readonly id: string;
  /** Entry of the worker inside, below the code's base, without extension. */
  readonly entry: string;
  /** Working folder. */
  readonly cwd: string;
  /** In order: a later one lies over an earlier one. */
  readonly mounts: readonly Mount[];
  /** Programs found by name: link or file at its own path. */
  readonly programs: readonly ProgramMount[];
  /** What the worker inside may touch. */
  readonly permissions: PermissionSet;
  readonly limits: CellLimits;
  readonly canaries: Canaries;
  /** The cell's own folder for temporary files, as it is named inside. */
  readonly tmp: string;
  /** Folder with the socket of the cell's proxy; null: it was granted no host. */
  readonly egressFolder: string | null;
}

/** A program as it is mounted. */
export interface ProgramMount {
  readonly name: string;
  /** Absolute path in the cell, the one that is run. */
  readonly path: string;
  /** Set when the path is a link whose target is mounted anyway. */
  readonly linkTo?: string | undefined;
}

/** Ceilings set with prlimit, inherited by every process of the cell. */
export interface CellLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  readonly fileBytes: number;
  readonly cpuSeconds: number;
  /** Size of the cell's /tmp, in memory. */
  readonly tmpBytes: number;
}

/** What a cell must fail to reach before it serves. */
export interface Canaries {
  /** A file outside every mount that holds `token`. */
  readonly secretFile: string;
  /** A link to it, inside a mounted folder. */
  readonly link: string;
  readonly token: string;
  /** Port on 127.0.0.1 where ward listens. */
  readonly port: number;
}

/** A call that goes to a cell with its boot message: nothing in it is a secret. */
export interface CellSetUp {
  readonly method: string;
  readonly params: unknown;
}

/** First line that a cell reads. */
export interface CellBoot {
  readonly entry: string;
  readonly permissions: PermissionSet;
  readonly canaries: Canaries;
  /** Names of the variables that the cell was given. */
  readonly variables: readonly string[];
  /** The system, as `Deno.build.os` names it: how the proof is made. */
  readonly os: string;
  /** Process id of the sandbox helper as the outside sees it. */
  readonly outerPid: number;
  /** See {@linkcode CellSpec}. */
  readonly tmp: string;
  /** Socket of the proxy as the cell sees it; null: it was granted no host. */
  readonly egressSocket: string | null;
  /** The worker's first call, which it answers before the cell says that it is proven. */
  readonly setUp: CellSetUp | null;
  /** Programs for the proof, apart from the allowed ones. */
  readonly probes: Probes;
}

/** Programs by which a cell tries to get out, as it finds them. */
export interface Probes {
  readonly cat: string;
  readonly mount: string | null;
  readonly ls: string | null;
  readonly env: string | null;
}

/** What a cell tries; which of them, depends on what holds it. */
export type ProofId =
  | "file"
  | "link"
  | "network"
  | "proxy"
  | "processes"
  | "signals"
  | "environment"
  | "capabilities"
  | "remount"
  | "write"
  | "move"
  | "second_name"
  | "kernel"
  | "descriptors"
  | "end";

/** One attempt of a cell to get out. */
export interface ProofLine {
  readonly id: ProofId;
  /** What was tried, in words. */
  readonly what: string;
  readonly refused: boolean;
  /** It cannot be tried there, and so counts as not held. @default false */
  readonly untried?: boolean | undefined;
  /** `ENOENT`, `ECONNREFUSED`, … or null where no call failed. */
  readonly errno: string | null;
  readonly detail: string;
}
