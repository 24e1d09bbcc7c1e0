/** Runs ward as a user would, in any of its forms, with an environment of its own. */
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../../src/app/code_base.ts";

/** Root of the checkout. */
export const ROOT = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** Program and arguments before ward's own, from source. */
export const SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...KERNEL_FLAGS,
  ...RUNTIME_FLAGS,
  `${ROOT}/src/main.ts`,
];

/** What a run gave. */
export interface WardRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A profile and a workspace that a test throws away. */
export interface Scratch extends Disposable {
  readonly home: string;
  readonly workspace: string;
  /** Variables of a process that has nothing but this profile. */
  readonly env: Record<string, string>;
}

/** Makes folders below a temporary one. */
export function makeScratch(files: Readonly<Record<string, string>> = {}): Scratch {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-e2e-" }));
  const workspace = `${folder}/work`;
  Deno.mkdirSync(workspace);
  Deno.mkdirSync(`${folder}/user`, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    const path = `${workspace}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
  return {
    home: `${folder}/user/.ward`,
    workspace,
    env: {
      HOME: `${folder}/user`,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      ...(Deno.env.get("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : {
        DENO_DIR: `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`,
      }),
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/**
 * Runs ward to its end.
 *
 * @param options `form`: program and leading arguments. @default {SOURCE}
 */
export async function runWard(args: readonly string[], options: {
  env: Readonly<Record<string, string>>;
  cwd?: string;
  stdin?: string;
  form?: readonly string[];
}): Promise<WardRun> {
  const [program = "", ...leading] = options.form ?? SOURCE;
  const child = new Deno.Command(program, {
    args: [...leading, ...args],
    clearEnv: true,
    env: { ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const output = await child.output();
  return {
    code: output.code,
    stdout: new TextDecoder().decode(output.stdout),
    stderr: new TextDecoder().decode(output.stderr),
  };
}
