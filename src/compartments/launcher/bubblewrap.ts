/**
 * The sandbox line: a cell's specification as arguments of bubblewrap (bwrap(1)).
 *
 * Invariant: everything is unshared, all capabilities are dropped, the environment is cleared and
 * only what the specification names is mounted. The root, /proc and /dev end read-only; what can be
 * written is the workspace, granted folders and a bounded /tmp.
 */
import { AppError } from "../../base/app_error.ts";
import type { CellSpec } from "../../model/cell.ts";

/** What the line needs to know of the machine and of ward itself. */
export interface SandboxMachine {
  readonly libraries: readonly string[];
  readonly rootLinks: readonly { readonly path: string; readonly target: string }[];
  readonly prlimit: string | null;
  readonly probes: { readonly cat: string | null; readonly mount: string | null };
  readonly mkfifo: string | null;
  readonly closer: string | null;
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

/** Where ward's own files are in a cell, apart from everything the user's programs use. */
export const CELL_FOLDER = "/run/ward";
/** The runtime in a cell. */
export const RUNTIME = `${CELL_FOLDER}/runtime`;

/** Makes pipes in a cell; on the worker's run list, apart from the user's programs. */
export const PIPE_MAKER = `${CELL_FOLDER}/mkfifo`;

/** Variables of the process inside, before any program gets its own. */
export const CELL_VARIABLES: Readonly<Record<string, string>> = {
  DENO_DIR: "/tmp/.deno",
  HOME: "/tmp",
  LC_ALL: "C.UTF-8",
  NO_COLOR: "1",
  PATH: "/usr/bin",
};

/**
 * What the launcher starts: the helper itself, or a shell that first closes the open files ward was
 * started with, because bubblewrap hands on all of them. Through one on a folder a program in the
 * cell would reach everything beside it (openat(2)).
 *
 * @param inherited Numbers of those files.
 * @throws {AppError} `cell.open_files` when there are some and nothing here closes them.
 */
export function launchLine(
  bwrap: string,
  args: readonly string[],
  inherited: readonly number[],
  { closer }: SandboxMachine,
): { program: string; args: string[] } {
  if (inherited.length === 0) return { program: bwrap, args: [...args] };
  const closes = inherited.map((descriptor) => `${descriptor}>&-`).join(" ");
  if (closer === null) {
    throw new AppError(
      "cell.open_files",
      `ward was started with open files (${inherited.join(", ")}) that a cell would get`,
      { hint: `Start it with ${closes}, or install bash, which closes them` },
    );
  }
  return { program: closer, args: ["-c", `exec ${closes}; exec -c "$@"`, "cell", bwrap, ...args] };
}

/**
 * The arguments after `bwrap`.
 *
 * @param spec The cell.
 * @param machine Library folders and helpers.
 * @param self Ward's own runtime and code.
 */
export function bubblewrapArguments(
  spec: CellSpec,
  machine: SandboxMachine,
  self: SelfImage,
): string[] {
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
  for (const [name, value] of Object.entries(CELL_VARIABLES)) args.push("--setenv", name, value);
  for (const path of machine.libraries) args.push("--ro-bind", path, path);
  for (const { path, target } of machine.rootLinks) args.push("--symlink", target, path);
  args.push("--proc", "/proc", "--dev", "/dev");
  args.push("--size", String(spec.limits.tmpBytes), "--tmpfs", "/tmp");
  for (const program of spec.programs) {
    if (program.linkTo) args.push("--symlink", program.linkTo, program.path);
    else args.push("--ro-bind", program.path, program.path);
  }
  args.push("--ro-bind", self.runtime, RUNTIME);
  const { probes, prlimit, mkfifo } = machine;
  for (const [name, path] of Object.entries({ ...probes, prlimit, mkfifo })) {
    if (path) args.push("--ro-bind", path, `${CELL_FOLDER}/${name}`);
  }
  for (const mount of spec.mounts) {
    const at = mount.at ?? mount.path;
    if (mount.mode === "read") args.push("--ro-bind", mount.path, at);
    else if (mount.mode === "write") args.push("--bind", mount.path, at);
    else if (mount.mode === "masked-file") args.push("--ro-bind", "/dev/null", at);
    else args.push("--size", "65536", "--tmpfs", at);
  }
  // Read-only only now: a mount point below a masked folder had to be made first.
  for (const mount of spec.mounts) {
    if (mount.mode === "masked-dir") args.push("--remount-ro", mount.at ?? mount.path);
  }
  if (self.code) args.push("--ro-bind", self.code, self.code);
  // Under /proc/sys root owns files that ask for no capability: `core_pattern` names a program that
  // the machine's kernel runs outside of every sandbox.
  for (const path of ["/proc", "/dev", "/"]) args.push("--remount-ro", path);
  args.push("--chdir", spec.cwd, "--");
  if (machine.prlimit) {
    const { memoryBytes, processes, fileBytes, cpuSeconds } = spec.limits;
    args.push(
      `${CELL_FOLDER}/prlimit`,
      // Private memory, not address space: V8 reserves far more of that than it uses.
      `--data=${memoryBytes}`,
      `--nproc=${processes}`,
      `--fsize=${fileBytes}`,
      `--cpu=${cpuSeconds}`,
      "--core=0",
      "--",
    );
  }
  args.push(RUNTIME, ...self.args);
  return args;
}
