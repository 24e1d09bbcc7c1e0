import { canaries } from "../fakes/canaries.ts";
import type { ModelClient } from "../../src/compartments/models/client.ts";
import { createModelClient } from "../../src/compartments/models/client.ts";
import type { ProviderSetup } from "../../src/compartments/models/api.ts";
import type { WorkerPermissions } from "../../src/compartments/worker_permissions.ts";
import { Client, workerChannel } from "../../src/compartments/wire.ts";
import { AppError } from "../../src/base/app_error.ts";
import type {
  ModelEvent,
  ModelFailure,
  ModelRequest,
} from "../../src/model/conversation/model_stream.ts";

/** What the table gives a `model:<provider>` thread. */
export function threadPermissions(host: string): WorkerPermissions {
  return {
    read: false,
    write: false,
    run: false,
    env: false,
    ffi: false,
    import: false,
    net: [host],
    sys: ["osRelease", "hostname", "cpus", "systemMemoryInfo"],
  };
}

/** A real thread under its real permissions. */
export interface ModelThread extends AsyncDisposable {
  readonly client: ModelClient;
  /** Ends the worker the way a crash does. */
  crash(): void;
}

/**
 * Starts the entry for one provider on this machine.
 *
 * @param entry Of another form than the sources.
 */
export async function startThread(
  setup: Partial<ProviderSetup> & Pick<ProviderSetup, "protocol" | "baseUrl">,
  entry: URL = new URL("../../src/compartments/models/entry.ts", import.meta.url),
): Promise<ModelThread> {
  const worker = new Worker(
    entry,
    {
      type: "module",
      deno: { permissions: threadPermissions(new URL(setup.baseUrl).host) },
    } as WorkerOptions,
  );
  const wire = new Client(workerChannel(worker));
  const end = (message: string) => {
    wire.close(new AppError("compartment.ended", message));
    worker.terminate();
  };
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end(event.message);
  });
  const client = createModelClient(wire);
  if (setup.apiKey !== null) canaries.plant(setup.apiKey ?? KEY);
  await client.configure({
    name: setup.protocol,
    apiKey: KEY,
    keySource: "variable TEST_API_KEY",
    ...setup,
  });
  return {
    client,
    crash: () => end("The thread ended"),
    [Symbol.asyncDispose]: () => Promise.resolve(end("The test is over")),
  };
}

/** The key of every test; no request may hold it but in the header for it. */
export const KEY = "sk-canary-4e1f7a90";

/** A request with the given parts. */
export function modelRequest(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: "test-model",
    system: "You are ward.",
    messages: [{ role: "user", text: "hello" }],
    tools: [],
    maxOutputTokens: 8192,
    ...parts,
  };
}

/** All events of a call. */
export async function collect(
  events: AsyncIterable<ModelEvent>,
): Promise<ModelEvent[]> {
  const list: ModelEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** One call to its end. */
export function ask(
  thread: ModelThread,
  request: ModelRequest = modelRequest(),
): Promise<ModelEvent[]> {
  return collect(thread.client.stream(request, { signal: new AbortController().signal }));
}

/** The text of a call. */
export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => event.type === "text" ? event.text : "").join("");
}

/** The failure that ends a call. */
export function failureOf(events: readonly ModelEvent[]): ModelFailure {
  const last = events.at(-1);
  if (last?.type !== "failed") throw new Error(`Did not fail: ${JSON.stringify(last)}`);
  return last.failure;
}
