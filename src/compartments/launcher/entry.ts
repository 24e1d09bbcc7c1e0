/**
 * The launcher: the only thread that starts programs of the machine, and only the sandbox helpers
 * on its run list. It pumps bytes and kills; it decides nothing. Every child gets an empty
 * environment, so nothing of ward's can be read from it.
 */
import { AppError } from "../../base/app_error.ts";
import { serve, workerScopeChannel } from "../wire.ts";
import { AHEAD_BYTES } from "./ahead.ts";
import type { SandboxLine } from "./sandbox.ts";

const children = new Map<
  number,
  {
    child: Deno.ChildProcess;
    input: WritableStreamDefaultWriter;
    /** Bytes sent to the kernel and not worked off there. */
    ahead: number;
    /** Lets the pumps go on. */
    resume: () => void;
  }
>();
let nextId = 1;

serve(workerScopeChannel(), {
  /** Starts a helper; events: `{started}`, `{out}`, `{err}`; ends with the exit code. */
  async start(params: SandboxLine, { emit, signal }) {
    const id = nextId++;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(params.program, {
        args: [...params.args],
        // The user may stand in a folder that is closed or gone.
        cwd: "/",
        clearEnv: true,
        detached: params.detached,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new AppError("launcher.refused", `Cannot start "${params.program}": ${String(error)}`);
    }
    const running = { child, input: child.stdin.getWriter(), ahead: 0, resume: () => {} };
    children.set(id, running);
    signal.addEventListener("abort", () => kill(id), { once: true });
    emit({ started: id, pid: child.pid });
    const pump = async (stream: ReadableStream<Uint8Array>, name: "out" | "err") => {
      for await (const bytes of stream) {
        running.ahead += bytes.length;
        emit({ [name]: bytes });
        while (running.ahead > AHEAD_BYTES) {
          const { promise, resolve } = Promise.withResolvers<void>();
          const before = running.resume;
          running.resume = () => {
            before();
            resolve();
          };
          await promise;
        }
      }
    };
    const pumps = Promise.all([pump(child.stdout, "out"), pump(child.stderr, "err")]);
    const status = await child.status;
    // What a killed cell still wrote is read to its end, and not waited for.
    running.ahead = -Infinity;
    running.resume();
    await pumps;
    children.delete(id);
    return { code: status.code, signal: status.signal };
  },
  async send(params: { id: number; bytes: Uint8Array }) {
    // A child that is gone answers through `start`; writing to it is not an error of its own.
    await children.get(params.id)?.input.write(params.bytes).catch(() => {});
  },
  /** The kernel worked off so many bytes. */
  taken(params: { id: number; bytes: number }) {
    const running = children.get(params.id);
    if (!running) return;
    running.ahead -= params.bytes;
    const { resume } = running;
    running.resume = () => {};
    resume();
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
