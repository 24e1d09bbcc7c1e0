/** A temp workspace with the real handlers, called through the wire as the kernel calls them. */
import assert from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { createHandsClient } from "../../src/compartments/hands/client.ts";
import { createFileHandlers } from "../../src/compartments/hands/files/handlers.ts";
import type { PathGuard } from "../../src/compartments/hands/files/resolve_path.ts";
import {
  type Channel,
  Client,
  type Handlers,
  serve,
  workerChannel,
} from "../../src/compartments/wire.ts";
import { createFileTools } from "../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../src/model/cells/hands.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";

export interface Workspace extends AsyncDisposable {
  /** Real path of the folder that holds `root` and what is outside of it. */
  readonly top: string;
  /** The workspace. */
  readonly root: string;
  readonly hands: HandsPort;
  /** Plans and runs a tool; errors of the plan are thrown. */
  run(tool: string, args: unknown): Promise<ToolResult>;
}

/** A workspace whose handlers run in this process, in the folder for temp files or `under` another. */
export async function workspace(
  guard?: (root: string) => PathGuard,
  under?: string,
): Promise<Workspace> {
  const { top, root } = await folders(under);
  const handlers = createFileHandlers(guard ? { guard: guard(root) } : {});
  const [inside, outside] = linkedChannels();
  serve(inside, handlers as Handlers);
  return kit(top, root, new Client(outside), () => {});
}

/** A workspace whose handlers run in a worker that may touch nothing else. */
export async function confinedWorkspace(): Promise<Workspace> {
  const { top, root } = await folders();
  const worker = new Worker(new URL("./file_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: { read: [root], write: [root] } },
  });
  return kit(top, root, new Client(workerChannel(worker)), () => worker.terminate());
}

/** Asserts that a call fails with a code; gives the error. */
export async function failsWith(code: string, call: Promise<unknown>): Promise<AppError> {
  try {
    await call;
  } catch (error) {
    assert(error instanceof AppError, `not an AppError: ${error}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`no error, expected ${code}`);
}

/** Two ends that pass copies, as a port does. */
export function linkedChannels(): [Channel, Channel] {
  const receivers: ((message: unknown) => void)[] = [];
  const end = (mine: number): Channel => ({
    send: (message) => {
      const copy = structuredClone(message);
      queueMicrotask(() => receivers[1 - mine]?.(copy));
    },
    receive: (onMessage) => {
      receivers[mine] = onMessage;
    },
  });
  return [end(0), end(1)];
}

async function folders(under?: string): Promise<{ top: string; root: string }> {
  const top = await Deno.realPath(await Deno.makeTempDir(under ? { dir: under } : {}));
  const root = `${top}/work`;
  await Deno.mkdir(root);
  return { top, root };
}

function kit(top: string, root: string, client: Client, stop: () => void): Workspace {
  const hands = createHandsClient((method, params, options) =>
    client.call(method, params, { signal: options.signal })
  );
  const tools = createFileTools({ hands, workspace: root });
  return {
    top,
    root,
    hands,
    run(name, args) {
      const tool = tools.find((one) => one.name === name);
      assert(tool, `no tool ${name}`);
      const plan = tool.plan(tool.schema.parse(args));
      return plan.execute({ signal: new AbortController().signal, decisions: [] });
    },
    async [Symbol.asyncDispose]() {
      stop();
      await Deno.remove(top, { recursive: true });
    },
  };
}
