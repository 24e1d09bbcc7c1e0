/**
 * What holds a cell: one interface from a cell's specification to the program that is started. Which
 * one is in force is decided by the cell's own proof, never by what is installed.
 */
import type {
  CellSpec,
  Probes,
  ProofId,
  SandboxKind,
  UnshareTools,
} from "../../model/cells/cell.ts";

/** What a line needs to know of the machine. */
export interface SandboxMachine {
  /** The system, as `Deno.build.os` names it. */
  readonly os: typeof Deno.build.os;
  readonly bwrap: string | null;
  /** `sandbox-exec` of macOS. */
  readonly sandboxExec: string | null;
  /** What is missing of it, or all of it. */
  readonly unshare: UnshareTools | { readonly missing: string };
  /** The user and group that ward runs as. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly libraries: readonly string[];
  readonly rootLinks: readonly { readonly path: string; readonly target: string }[];
  readonly prlimit: string | null;
  readonly probes: { readonly [name in keyof Probes]: string | null };
  readonly mkfifo: string | null;
  readonly closer: string | null;
  /** Numbers of the open files that ward was started with, which every child would get. */
  readonly inherited: readonly number[];
}

/** How ward's own code starts inside: files to mount and the command. */
export interface SelfImage {
  /** The runtime or the binary, mounted at {@linkcode RUNTIME}. */
  readonly runtime: string;
  /** Folder of sources or of the bundle, mounted at its own path; null in a standalone binary. */
  readonly code: string | null;
  /** Arguments after the runtime. */
  readonly args: readonly string[];
}

/** A program and its arguments. */
export interface SandboxLine {
  readonly program: string;
  readonly args: readonly string[];
  /**
   * Whether the launcher starts it in a session of its own, so that a terminal's Ctrl-C is for ward
   * alone. Where the line has a `setsid`, which would leave its parent then (setsid(1)), it is false.
   */
  readonly detached: boolean;
}

/** What the proof of a cell has to show. */
export interface ProofDemand {
  /** Lines without which no cell serves. */
  readonly held: readonly ProofId[];
  /** Lines that may say that they cannot be tried; status then says what is not held. */
  readonly untriable: readonly ProofId[];
}

/** Of sandboxes made of namespaces: all of it. */
export const ALL_HELD: ProofDemand = {
  held: [
    "file",
    "link",
    "network",
    "processes",
    "environment",
    "capabilities",
    "remount",
    "kernel",
    "descriptors",
  ],
  untriable: [],
};

/** A way to hold a cell. */
export interface Sandbox {
  readonly kind: SandboxKind;
  /** The system that has it, as `Deno.build.os` names it. */
  readonly os: "linux" | "darwin";
  /** In a few words, as status names it. */
  readonly name: string;
  /** As approvals and answers name it. */
  readonly layer: string;
  /** Whether a cell has mounts of its own; without them everything in it is where the machine has it. */
  readonly mounts: boolean;
  readonly demand: ProofDemand;
  /** Why its cells reach no granted host on this machine, and what to do; null when they do. */
  noHosts(machine: SandboxMachine): { readonly cause: string; readonly fix: string } | null;
  /** Why it cannot even be tried here, and what to do about that; null when it can. */
  missing(machine: SandboxMachine): { readonly cause: string; readonly fix: string } | null;
  /** Programs that the launcher starts for it; empty where something is missing. */
  programs(machine: SandboxMachine): readonly string[];
  /** The line that starts a cell. Called only when nothing is missing. */
  line(spec: CellSpec, machine: SandboxMachine, self: SelfImage): SandboxLine;
}
