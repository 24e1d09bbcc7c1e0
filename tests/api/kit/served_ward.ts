/** `ward start` in a profile with a token for its HTTP API. */
import { canaries } from "../../fakes/canaries.ts";
import { freePort } from "../../free_port.ts";
import {
  makeScratch,
  runWard,
  type Scratch,
  type StartedWard,
  startWard,
  writeConfig,
} from "../../e2e/kit/ward_process.ts";

/** Token of every test; in no file and no output of ward. */
export const TOKEN = "canary-of-the-api-0123456789abcdef";

/** A process that answers. */
export interface ServedWard extends AsyncDisposable {
  readonly scratch: Scratch;
  /** Base address, without a slash at its end. */
  readonly url: string;
  /** Asks with the token. */
  ask(path: string, init?: { method?: string; body?: unknown }): Promise<Response>;
  /** Gives it a task, and its id back. */
  give(description: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The events of a task until it ends, as text. */
  events(id: string): Promise<string>;
  /** Has it read its configuration again, with the API on another port. @returns The address there. */
  move(): Promise<string>;
  /** Ends it by a signal, and starts it again in the same profile. */
  restart(signal: Deno.Signal): Promise<void>;
}

/**
 * Starts one.
 *
 * @param env Further variables, such as those of a model service.
 * @param how `saved`: its token is a saved secret in place of a variable.
 */
export async function serveWard(
  env: Readonly<Record<string, string>> = { WARD_PROVIDER: "builtin" },
  config = "",
  how: { readonly saved: boolean } = { saved: false },
): Promise<ServedWard> {
  const scratch = makeScratch({ "notes.txt": "first line\n" });
  const port = freePort();
  writeConfig(scratch, `${config}\n[daemon]\nport = ${port}\n`);
  canaries.plant(TOKEN);
  if (how.saved) {
    const { code, stderr } = await runWard(["secrets", "set", "api-token"], {
      env: scratch.env,
      stdin: `${TOKEN}\n`,
    });
    if (code !== 0) throw new Error(stderr);
  }
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<StartedWard> => {
    const started = startWard(["start", "-w", scratch.workspace], {
      env: { ...scratch.env, ...env, ...how.saved ? {} : { WARD_API_TOKEN: TOKEN } },
      cwd: scratch.workspace,
    });
    await started.said(`HTTP API: ${url}`);
    return started;
  };
  let running = await start();
  const stop = async (signal: Deno.Signal) => {
    running.child.kill(signal);
    await running.done;
  };
  const ask: ServedWard["ask"] = (path, { method = "GET", body } = {}) =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...body === undefined ? {} : { "content-type": "application/json" },
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
  return {
    scratch,
    url,
    ask,
    async give(description, more = {}) {
      const given = await ask("/api/v1/tasks", { method: "POST", body: { description, ...more } });
      if (given.status !== 201) throw new Error(`${given.status} ${await given.text()}`);
      return (await given.json()).task_id;
    },
    events: async (id) => await (await ask(`/api/v1/tasks/${id}/events`)).text(),
    async move() {
      const other = freePort();
      writeConfig(scratch, `${config}\n[daemon]\nport = ${other}\n`);
      running.child.kill("SIGHUP");
      await running.said(`HTTP API: http://127.0.0.1:${other}`);
      return `http://127.0.0.1:${other}`;
    },
    async restart(signal) {
      await stop(signal);
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGTERM");
      scratch[Symbol.dispose]();
    },
  };
}
