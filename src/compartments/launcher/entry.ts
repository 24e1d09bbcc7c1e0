/**
 * The launcher: the only thread that starts programs of the machine, and only the sandbox helpers
 * on its run list. It pumps bytes and kills; it decides nothing. Every child gets an empty
 * environment, so nothing of ward's can be read from it.
 */
import { AppError } from "../../base/app_error.ts";
import { serve, workerScopeChannel } from "../wire.ts";

const children = new Map<
  number,
  { child: Deno.ChildProcess; input: WritableStreamDefaultWriter }
>();
let nextId = 1;

serve(workerScopeChannel(), {
  /** Starts a helper; events: `{started}`, `{out}`, `{err}`; ends with the exit code. */
  async start(params: { program: string; args: string[] }, { emit, signal }) {
    const id = nextId++;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(params.program, {
        args: params.args,
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new AppError("launcher.refused", `Cannot start "${params.program}": ${String(error)}`);
    }
    children.set(id, { child, input: child.stdin.getWriter() });
    signal.addEventListener("abort", () => kill(id), { once: true });
    emit({ started: id, pid: child.pid });
    const pump = async (stream: ReadableStream<Uint8Array>, name: "out" | "err") => {
      for await (const bytes of stream) emit({ [name]: bytes });
    };
    await Promise.all([pump(child.stdout, "out"), pump(child.stderr, "err")]);
    const status = await child.status;
    children.delete(id);
    return { code: status.code, signal: status.signal };
  },
  async send(params: { id: number; bytes: Uint8Array }) {
    // A child that is gone answers through `start`; writing to it is not an error of its own.
    await children.get(params.id)?.input.write(params.bytes).catch(() => {});
  },
  kill: (params: { id: number }) => kill(params.id),
  /** One short program run to its end, for the keychain. A cancelled call kills it. */
  async run(
    params: { program: string; args: string[]; input: string; env: Record<string, string> },
    { signal },
  ) {
    const child = new Deno.Command(params.program, {
      args: params.args,
      clearEnv: true,
      env: params.env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    signal.addEventListener("abort", () => killChild(child), { once: true });
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(params.input)).catch(() => {});
    await input.close().catch(() => {});
    const output = await child.output();
    return { code: output.code, stdout: new TextDecoder().decode(output.stdout) };
  },
});

function kill(id: number): void {
  const running = children.get(id);
  if (running) killChild(running.child);
}

function killChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // Already gone.
  }
}
