/** Runs ward as a user would, in any of its forms, with an environment of its own. */
import { canaries } from "../../fakes/canaries.ts";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../../../src/app/start/code_base.ts";

/** Root of the checkout. */
export const ROOT = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");

/** Program and arguments before ward's own, from source. */
export const SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...KERNEL_FLAGS,
  ...RUNTIME_FLAGS,
  `${ROOT}/src/main.ts`,
];

/** Longest that a run may take before the test ends it; it then has hung. */
const LONGEST_RUN_MS = 300_000;

/** What a run gave. */
export interface WardRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A profile and a workspace that a test throws away. */
export interface Scratch extends Disposable {
  readonly folder: string;
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
    folder,
    home: `${folder}/user/.ward`,
    workspace,
    env: {
      HOME: `${folder}/user`,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      // Neither this machine's Ollama nor that of a test beside this one.
      OLLAMA_HOST: "127.0.0.1:9",
      ...(Deno.env.get("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : {
        DENO_DIR: `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`,
      }),
    },
    [Symbol.dispose]: () => {
      try {
        canaries.checkFolder(folder);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  };
}

/** Writes `config.toml` of a profile that may not have been started yet. */
export function writeConfig(scratch: Scratch, text: string): void {
  Deno.mkdirSync(scratch.home, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${scratch.home}/config.toml`, text, { mode: 0o600 });
}

/** How a run is started. */
export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What is piped in; nothing at all if left out. */
  readonly stdin?: string;
  /** Program and leading arguments. @default {SOURCE} */
  readonly form?: readonly string[];
}

/** A run under way. */
export interface StartedWard {
  readonly child: Deno.ChildProcess;
  /** Resolves once stderr holds the text; rejects when the run ends without it. */
  said(text: string): Promise<void>;
  /** The same of stdout. */
  printed(text: string): Promise<void>;
  readonly done: Promise<WardRun & { readonly signal: Deno.Signal | null }>;
}

/** Starts ward. */
export function startWard(args: readonly string[], options: RunOptions): StartedWard {
  canaries.plantVariables(options.env);
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
  const stdout = new Heard(child.stdout);
  const stderr = new Heard(child.stderr);
  const done = (async () => {
    const hung = setTimeout(() => child.kill("SIGKILL"), LONGEST_RUN_MS);
    const writing = options.stdin === undefined ? null : write(child.stdin, options.stdin);
    const [out, err] = await Promise.all([stdout.done, stderr.done, writing]);
    const { code, signal } = await child.status;
    clearTimeout(hung);
    canaries.told(out + err);
    return { code, signal, stdout: out, stderr: err };
  })();
  return {
    child,
    done,
    said: (text) => stderr.until(text),
    printed: (text) => stdout.until(text),
  };
}

/** A stream of text and who waits for something in it. */
class Heard {
  #text = "";
  #ended = false;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  /** The whole text. */
  readonly done: Promise<string>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.done = this.#listen(stream);
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#tell();
    }
    this.#ended = true;
    this.#tell();
    return this.#text;
  }

  #tell(): void {
    for (const [text, { resolve, reject }] of this.#waiting) {
      if (this.#text.includes(text)) resolve();
      else if (this.#ended) reject(new Error(`ward ended without "${text}":\n${this.#text}`));
    }
  }

  until(text: string): Promise<void> {
    const found = Promise.withResolvers<void>();
    this.#waiting.set(text, found);
    this.#tell();
    return found.promise;
  }
}

async function write(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}

/** Runs ward to its end. */
export async function runWard(args: readonly string[], options: RunOptions): Promise<WardRun> {
  const { code, stdout, stderr } = await startWard(args, options).done;
  return { code, stdout, stderr };
}

/** Runs `ward agent` in the scratch workspace with one message. */
export function ask(
  scratch: Scratch,
  message: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<WardRun> {
  return runWard(["agent", "-w", scratch.workspace, "-m", message, ...args], {
    env: { ...scratch.env, ...env },
  });
}

/** Runs any other command on the scratch profile. */
export function ward(
  scratch: Scratch,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<WardRun> {
  return runWard(args, { env: { ...scratch.env, ...env }, cwd: scratch.workspace });
}

/**
 * Runs a line that ward printed, as a user pastes it: by a shell, with `ward` on PATH.
 *
 * @param line Nothing but the command.
 */
export async function paste(scratch: Scratch, line: string): Promise<WardRun> {
  const bin = `${scratch.folder}/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  const quoted = SOURCE.map((word) => `'${word}'`).join(" ");
  Deno.writeTextFileSync(`${bin}/ward`, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  return await runWard(["-c", line], {
    env: { ...scratch.env, PATH: `${bin}:${scratch.env["PATH"]}` },
    cwd: scratch.workspace,
    form: ["/bin/sh"],
  });
}

/** Does the work for each item, so many at a time; the first error ends it. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

/** Command lines of living processes that name this text. */
export function processesNaming(text: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      if (line.includes(text)) found.push(`${name} ${line.replaceAll("\0", " ")}`);
    } catch {
      // It has just ended.
    }
  }
  return found;
}

/**
 * Living processes that name this text, each with the number of its controlling terminal, "0" for
 * none (proc_pid_stat(5)).
 */
export function terminalsOf(text: string): { line: string; terminal: string }[] {
  return processesNaming(text).flatMap((line) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${line.split(" ", 1)[0]}/stat`);
      return [{ line, terminal: stat.slice(stat.lastIndexOf(")")).split(" ")[5] ?? "" }];
    } catch {
      return [];
    }
  });
}

/** Waits until no process names the text any more; throws with what is left. */
export async function untilGone(text: string): Promise<void> {
  const endsAt = performance.now() + 10_000;
  while (processesNaming(text).length > 0) {
    if (performance.now() > endsAt) throw new Error(processesNaming(text).join("\n"));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
