import { createCommandHandlers } from "../../src/compartments/hands/commands/handlers.ts";
import { childEnvironment } from "../../src/kernel/commands/child_env.ts";
import { parseLine } from "../../src/kernel/commands/parse_line.ts";
import type { RunOutcome } from "../../src/model/cells/hands.ts";

/** Never aborted. */
export const NO_SIGNAL: AbortSignal = new AbortController().signal;

/** Programs found in the system folders, by name. */
export function systemPrograms(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const path = ["/usr/bin", "/bin", "/usr/local/bin"].map((folder) => `${folder}/${name}`)
      .find((candidate) => {
        try {
          return Deno.statSync(candidate).isFile;
        } catch {
          return false;
        }
      });
    return path ? [[name, path]] : [];
  }));
}

/** The environment of a test's programs; the same for ward and for bash. */
export function testEnvironment(workspace: string): Record<string, string> {
  return childEnvironment({
    parent: { LANG: "C.UTF-8", TZ: "UTC" },
    scrubExtra: [],
    workspace,
    path: "/usr/bin:/bin",
  });
}

/** What a test runs lines with. */
export interface Runner {
  readonly run: (
    line: string,
    options?: { timeoutMs?: number; outputLimitBytes?: number; env?: Record<string, string> },
  ) => Promise<RunOutcome>;
}

/**
 * Runs lines by parser and handlers in one folder.
 *
 * @param pipeFolder Writable, apart from the workspace so that lines don't see the pipes.
 */
export function createRunner(
  workspace: string,
  pipeFolder: string,
  programs: Record<string, string>,
): Runner {
  const handlers = createCommandHandlers({
    allowedPrograms: programs,
    shell: null,
    pipes: { program: "/usr/bin/mkfifo", folder: pipeFolder },
  });
  return {
    run: async (line, options = {}) => {
      const parsed = parseLine(line, { HOME: workspace, PWD: workspace });
      if (parsed.type !== "plan") throw new Error(`Not understood (${parsed.why}): ${line}`);
      return await handlers.runPlan({
        plan: parsed.plan,
        cwd: workspace,
        env: options.env ?? testEnvironment(workspace),
        timeoutMs: options.timeoutMs ?? 20_000,
        outputLimitBytes: options.outputLimitBytes ?? 1_000_000,
      }, { signal: NO_SIGNAL });
    },
  };
}

/** Runs a line by bash, with the same environment. */
export async function runBash(
  line: string,
  cwd: string,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command("/bin/bash", {
    args: ["--norc", "--noprofile", "-c", line],
    cwd,
    clearEnv: true,
    env: testEnvironment(cwd),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    exitCode: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Every entry below a folder: kind, mode and contents, as text to compare. `.git` is left out. */
export async function snapshot(folder: string, base = ""): Promise<string[]> {
  const entries: string[] = [];
  for await (const { name } of Deno.readDir(`${folder}/${base}`)) {
    if (base === "" && name === ".git") continue;
    const path = base === "" ? name : `${base}/${name}`;
    const info = await Deno.lstat(`${folder}/${path}`);
    if (info.isDirectory) entries.push(`${path}/`, ...await snapshot(folder, path));
    else if (info.isSymlink) entries.push(`${path} -> ${await Deno.readLink(`${folder}/${path}`)}`);
    else entries.push(`${path} ${await Deno.readTextFile(`${folder}/${path}`)}`);
  }
  return entries.sort();
}
