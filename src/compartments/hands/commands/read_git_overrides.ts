import {
  GIT_READ_ONLY,
  gitOverrides,
  isFilter,
  repositoryOptions,
  submoduleNames,
} from "./git_hardening.ts";
import type { Run } from "./run_state.ts";

/**
 * Asks git itself which keys are set where a call will run, and works out the overrides. The
 * question runs nothing of the repository's.
 *
 * @returns Variables to add, or why the call must not be made.
 */
export async function readGitOverrides(
  run: Run,
  call: {
    readonly path: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
): Promise<Record<string, string> | string> {
  const { options, command } = repositoryOptions(call.args);
  const list = ["config", "--includes", "--list", "--name-only", "-z"];
  const keys = await ask(run, call, [...options, ...list]);
  if (keys === null) return "git: the configuration of this repository cannot be read";
  const readOnly = GIT_READ_ONLY.includes(command);
  if (!readOnly && keys.some(isFilter)) {
    // With the filter off, git would store other bytes than the user's own git does.
    return "git: this repository's content filters (such as git-lfs) are off in ward's cells; " +
      "run this command outside ward";
  }
  const modules = await findModules(call.cwd);
  const names = modules === null
    ? []
    : await ask(run, call, ["config", "-f", modules, "--list", "--name-only", "-z"]);
  if (names === null) return "git: .gitmodules cannot be read";
  const overrides = gitOverrides(
    keys,
    submoduleNames([...keys, ...names]),
    readOnly,
  );
  return overrides ?? "git: this repository sets too many keys that start programs";
}

async function ask(
  run: Run,
  call: { readonly path: string; readonly env: Readonly<Record<string, string>>; cwd: string },
  args: string[],
): Promise<string[] | null> {
  run.check();
  const child = new Deno.Command(call.path, {
    args,
    cwd: call.cwd,
    clearEnv: true,
    env: { ...call.env, ...gitOverrides([], [], true) },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const [text, code] = await Promise.all([new Response(child.stdout).text(), run.wait(child)]);
  run.check();
  if (code !== 0) return null;
  return text.split("\0").filter((key) => key !== "");
}

/** The `.gitmodules` that git would read: beside the nearest `.git`, upwards. */
async function findModules(cwd: string): Promise<string | null> {
  for (let folder = cwd; folder !== ""; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    const found = await Deno.lstat(`${folder}/.gitmodules`).then(() => true, () => false);
    if (found) return `${folder}/.gitmodules`;
    if (await Deno.lstat(`${folder}/.git`).then(() => true, () => false)) return null;
  }
  return null;
}
