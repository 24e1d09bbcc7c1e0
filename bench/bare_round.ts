// deno-lint-ignore-file no-console
/**
 * What a later tool round costs this machine at least: the same crossings of threads and pipes and
 * the same durable writes as a file read of ward's, with nothing of ward in them. No encryption, no
 * policy, no JSON of a conversation.
 *
 * A round crosses to the model's thread and back, to the store's and back twice, and by the
 * launcher's thread to a process of its own whose worker answers; it puts three writes on the disk:
 * the witness of the audit chain, and two commits.
 */

/** Rounds that are measured, and those before them. */
const [MEASURED, WARM] = [60, 30] as const;

/** Bytes of a write: the pages of a commit, about. */
const WRITE_BYTES = 6 * 1024;

/** The parts of one round, in milliseconds. */
export interface BareRound {
  readonly threadsMs: number;
  readonly cellMs: number;
  readonly diskMs: number;
}

/**
 * Measures it in a process of its own.
 *
 * @param runtime A deno of the version that runs what it is compared with.
 */
export async function bareRound(runtime: string): Promise<BareRound> {
  const { stdout } = await new Deno.Command(runtime, {
    args: ["run", "--quiet", "--no-config", "--allow-all", import.meta.filename ?? ""],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The child and the workers are this file, told apart by their names. */
async function measureBareRound(): Promise<BareRound> {
  const threads = [echoWorker("model"), echoWorker("store")] as const;
  const launcher = echoWorker("launcher");
  const folder = await Deno.makeTempDir({ prefix: "ward-bare-" });
  const file = Deno.openSync(`${folder}/log`, { write: true, create: true });
  try {
    const times = { threadsMs: [] as number[], cellMs: [] as number[], diskMs: [] as number[] };
    for (let round = -WARM; round < MEASURED; round++) {
      const timed = async (part: keyof typeof times, run: () => void | Promise<void>) => {
        const started = performance.now();
        await run();
        if (round >= 0) times[part].push(performance.now() - started);
      };
      await timed("threadsMs", async () => {
        await ask(threads[0]);
        await ask(threads[1]);
        await ask(threads[1]);
      });
      await timed("cellMs", () => ask(launcher));
      await timed("diskMs", () => {
        for (let write = 0; write < 3; write++) {
          file.writeSync(new Uint8Array(WRITE_BYTES));
          file.syncDataSync();
        }
      });
    }
    return {
      threadsMs: median(times.threadsMs),
      cellMs: median(times.cellMs),
      diskMs: median(times.diskMs),
    };
  } finally {
    for (const worker of [...threads, launcher]) worker.terminate();
    file.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function echoWorker(name: string): Worker {
  return new Worker(import.meta.url, { type: "module", name });
}

function ask(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.onmessage = () => resolve();
    worker.postMessage(MESSAGE);
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** About as long as a small tool call. */
const MESSAGE = { id: 1, method: "readFile", params: { path: "/a/file/in/a/folder.txt" } };

const scope = globalThis as unknown as {
  name?: string;
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
};
if (scope.name === "launcher") {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--allow-all", import.meta.filename ?? "", "cell"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  scope.onmessage = (event) =>
    input.write(new TextEncoder().encode(JSON.stringify(event.data) + "\n"));
  for await (const bytes of child.stdout) scope.postMessage(bytes);
} else if (scope.name === "model" || scope.name === "store" || scope.name === "inside") {
  scope.onmessage = (event) => scope.postMessage(event.data);
} else if (Deno.args[0] === "cell") {
  const inside = echoWorker("inside");
  inside.onmessage = (event) =>
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(event.data) + "\n"));
  for await (const bytes of Deno.stdin.readable) {
    inside.postMessage(JSON.parse(new TextDecoder().decode(bytes)));
  }
} else if (import.meta.main) console.log(JSON.stringify(await measureBareRound()));
