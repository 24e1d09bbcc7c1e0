/**
 * The main thread of every cell. It proves the cell, starts the worker that does the work with the
 * exact lists, relays lines and kills; it never works on a call itself.
 *
 * Two rules keep a cell from gathering things: when no call is under way, every process but ward's
 * own is killed, and when the kernel's pipe closes the cell ends.
 */
import type { CellBoot } from "../../model/cells/cell.ts";
import { CELL_PROXY } from "../../model/cells/egress.ts";
import { prove } from "./proof.ts";
import { workerPermissions } from "../worker_permissions.ts";
import { jsonLines, lineSplitter } from "../json_lines.ts";

/**
 * Serves one cell on stdin and stdout until stdin ends.
 *
 * @param base Address that `boot.entry` is relative to, ending in `/`.
 * @param extension Of code files: `.ts` from source, `.js` in a bundle.
 */
export async function runCell(base: string, extension: string): Promise<void> {
  const split = lineSplitter();
  const [first, ...early] = firstLines(split);
  if (first === undefined) return;
  const { boot } = first as { boot: CellBoot };
  const worker = new Worker(new URL(boot.entry + extension, base), {
    type: "module",
    name: "inside",
    deno: { permissions: workerPermissions(boot.permissions) },
  } as WorkerOptions);
  worker.addEventListener("error", broken);
  const loading = loaded(worker, boot.setUp);
  if (boot.egressSocket !== null) await startBridge(boot.egressSocket, base, extension);
  const [proof] = await Promise.all([prove(boot), loading]);
  await write({ hello: { proof } });
  // What counts as not held without having been tried, the kernel judges by the sandbox.
  if (!proof.every((line) => line.refused || line.untried)) Deno.exit(3);
  // From here on this thread needs nothing but the right to kill.
  for (const name of ["read", "write", "net", "env", "sys"] as const) {
    await Deno.permissions.revoke({ name });
  }
  const open = new Set<number>();
  worker.addEventListener("message", (event) => {
    const message = (event as MessageEvent).data as { id: number };
    if ("result" in message || "error" in message) {
      open.delete(message.id);
      if (open.size === 0 && boot.os === "linux") killStrays();
    }
    write(message);
  });
  const take = (message: unknown) => {
    const call = message as { id: number; cancel?: true };
    if (!call.cancel) open.add(call.id);
    worker.postMessage(call);
  };
  early.forEach(take);
  for await (const message of jsonLines(Deno.stdin.readable, split)) take(message);
  Deno.exit(0);
}

/**
 * The lines up to the one with which a cell begins, and those that came with it: read without a
 * stream, since there is nothing else to do until it is there. None when the pipe was closed.
 */
function firstLines(split: (chunk: Uint8Array) => unknown[]): unknown[] {
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    const length = Deno.stdin.readSync(chunk);
    if (length === null) return [];
    const lines = split(chunk.subarray(0, length)).filter((line) => line !== undefined);
    if (lines.length > 0) return lines;
  }
}

/** Starts what carries connections to the proxy, and waits until it listens. */
function startBridge(path: string, base: string, extension: string): Promise<void> {
  const bridge = new Worker(new URL(`compartments/cell/bridge${extension}`, base), {
    type: "module",
    name: "bridge",
    deno: {
      permissions: workerPermissions({
        read: [path],
        write: [path],
        net: [`${CELL_PROXY.hostname}:${CELL_PROXY.port}`, `unix:${path}`],
        run: [],
        env: [],
        sys: [],
      }),
    },
  } as WorkerOptions);
  bridge.addEventListener("error", broken);
  const { promise, resolve } = Promise.withResolvers<void>();
  bridge.addEventListener("message", () => resolve(), { once: true });
  bridge.postMessage({ path });
  return promise;
}

/** A thread of the cell broke: so does the cell. */
function broken(event: Event): void {
  event.preventDefault();
  write({ broken: (event as ErrorEvent).message.slice(0, 500) }).finally(() => Deno.exit(4));
}

/**
 * Waits until the worker answers: its modules load with this thread's rights, which must not be
 * given up before. The question is one that must fail: code from text. What sets it up comes first.
 */
function loaded(worker: Worker, setUp: CellBoot["setUp"]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probe = { method: "probe", params: { kind: "code", value: "" } };
  const calls = setUp === null ? [probe] : [setUp, probe];
  let open = calls.length;
  const onMessage = (event: Event) => {
    const { id, error } = (event as MessageEvent).data as { id: number; error?: Error };
    if (calls[id] !== probe && error) reject(new Error(`It was not set up: ${error.message}`));
    if (--open > 0) return;
    worker.removeEventListener("message", onMessage);
    resolve();
  };
  worker.addEventListener("message", onMessage);
  for (const [id, call] of calls.entries()) worker.postMessage({ id, ...call });
  return promise;
}

/** kill(2) with -1: every process of this PID namespace but init and this one. */
function killStrays(): void {
  // Only Linux has PID namespaces: elsewhere it would be every process of the user.
  if (Deno.build.os !== "linux") return;
  try {
    Deno.kill(-1, "SIGKILL");
  } catch {
    // ESRCH: there is none.
  }
}

const encoder = new TextEncoder();

/** Longest line that is written at once; an empty pipe takes it whole (pipe(7)). */
const SHORT_BYTES = 16 * 1024;

let waiting = 0;
let writing: Promise<void> = Promise.resolve();

/** Writes whole lines in order. A short one with none before it is spared a thread of its own. */
function write(message: unknown): Promise<void> {
  const bytes = encoder.encode(JSON.stringify(message) + "\n");
  if (waiting === 0 && bytes.length <= SHORT_BYTES) {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    return writing;
  }
  waiting++;
  writing = writing.then(async () => {
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
    waiting--;
  });
  return writing;
}
