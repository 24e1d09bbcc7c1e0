/** A profile whose HTTP API is served by a process of its own, as the daemon does it. */
import {
  makeScratch,
  ROOT,
  type Scratch,
  SOURCE,
  writeConfig,
} from "../../e2e/kit/ward_process.ts";

/** Token of every test. */
export const TOKEN = "canary-of-the-api-0123456789abcdef";

/** A process that answers. */
export interface ServedWard extends AsyncDisposable {
  readonly scratch: Scratch;
  /** Base address, without a slash at its end. */
  readonly url: string;
  /** Asks with the token. */
  ask(path: string, init?: { method?: string; body?: unknown }): Promise<Response>;
  /** All that it said on standard error. */
  said(): string;
  /** Ends it, by a signal or by the end of its input, and waits for that. */
  stop(signal?: Deno.Signal): Promise<void>;
  /** Starts it again in the same profile. */
  restart(): Promise<void>;
}

/** A port that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts one. @param env Further variables, such as those of a model service. */
export async function serveWard(
  env: Readonly<Record<string, string>> = { WARD_PROVIDER: "builtin" },
  config = "",
): Promise<ServedWard> {
  const scratch = makeScratch();
  const port = freePort();
  writeConfig(scratch, `${config}\n[daemon]\nport = ${port}\n`);
  const url = `http://127.0.0.1:${port}`;
  let running: { child: Deno.ChildProcess; done: Promise<void> } | null = null;
  let said = "";
  const start = async () => {
    const child = new Deno.Command(SOURCE[0] ?? "", {
      args: [...SOURCE.slice(1, -1), `${ROOT}/tests/api/kit/serve_api.ts`],
      clearEnv: true,
      env: { ...scratch.env, ...env, WARD_API_TOKEN: TOKEN },
      cwd: scratch.workspace,
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<void>();
    let heard = "";
    const reading = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        heard += text;
        said += text;
        if (heard.includes("listening on ")) listening.resolve();
      }
      listening.reject(new Error(`It did not listen: ${heard}`));
    })();
    listening.promise.catch(() => {});
    running = { child, done: Promise.all([reading, child.status]).then(() => {}) };
    await listening.promise;
  };
  await start();
  const stop = async (signal?: Deno.Signal) => {
    if (running === null) return;
    const { child, done } = running;
    running = null;
    if (signal === undefined) await child.stdin.close();
    else {
      child.kill(signal);
      await child.stdin.abort().catch(() => {});
    }
    await done;
  };
  return {
    scratch,
    url,
    ask: (path, { method = "GET", body } = {}) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...body === undefined ? {} : { "content-type": "application/json" },
        },
        ...body === undefined ? {} : { body: JSON.stringify(body) },
      }),
    said: () => said,
    stop,
    restart: start,
    async [Symbol.asyncDispose]() {
      await stop();
      scratch[Symbol.dispose]();
    },
  };
}
