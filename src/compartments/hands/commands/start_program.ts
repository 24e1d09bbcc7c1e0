import type { Descriptors } from "./descriptors.ts";
import { readGitOverrides } from "./read_git_overrides.ts";
import type { Run } from "./run_state.ts";

/** Why a program was not started, as a shell says it. */
export interface NotStarted {
  readonly code: 126 | 127 | 128;
  readonly message: string;
}

/**
 * Finds the program of a call: by name on the list, or with a `/` by a path that is on the list.
 *
 * @returns Absolute path, or null.
 */
export function findProgram(
  programs: Readonly<Record<string, string>>,
  name: string,
  cwd: string,
): string | null {
  if (!name.includes("/")) return Object.hasOwn(programs, name) ? programs[name]! : null;
  const segments = (name.startsWith("/") ? name : `${cwd}/${name}`).split("/")
    .filter((segment) => segment !== "" && segment !== ".");
  // Behind a link, `..` would lead elsewhere than the words say.
  if (segments.includes("..")) return null;
  const absolute = "/" + segments.join("/");
  return Object.values(programs).includes(absolute) ? absolute : null;
}

/** Starts a program without a shell; its environment is exactly the run's. */
export async function startProgram(
  run: Run,
  call: {
    readonly program: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
  descriptors: Descriptors,
): Promise<Deno.ChildProcess | NotStarted> {
  const { program, args, cwd } = call;
  const path = findProgram(run.programs, program, cwd);
  if (path === null) return { code: 127, message: `${program}: not found` };
  let env: Record<string, string> = { ...run.env, ...call.env, PWD: cwd };
  if (/(?:^|\/)git$/.test(program)) {
    const overrides = await readGitOverrides(run, { path, args, env, cwd });
    if (typeof overrides === "string") return { code: 128, message: overrides };
    env = { ...env, ...overrides };
  }
  run.check();
  const [stdin, stdout, stderr] = descriptors;
  try {
    const child = new Deno.Command(path, {
      args: [...args],
      cwd,
      clearEnv: true,
      env,
      // The runtime takes open descriptors here, as node:child_process hands them to it.
      stdin: stdin as "null",
      stdout: stdout as "null",
      stderr: stderr as "null",
    }).spawn();
    run.started.push([program, ...args]);
    return child;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { code: 127, message: `${program}: No such file or directory` };
    }
    if (error instanceof Deno.errors.NotCapable) {
      return { code: 126, message: `${program}: not allowed by the cell's run list` };
    }
    const reason = error instanceof Error ? error.message : "failed";
    return { code: 126, message: `${program}: cannot start: ${reason}` };
  }
}
