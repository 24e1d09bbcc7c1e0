/** The thread of one provider: started when it is needed, ended at a cap, started again. */
import { modelSpec } from "./ask_service.ts";
import { createModelClient, type ModelClient } from "../../compartments/models/client.ts";
import { startThread } from "../../compartments/start.ts";
import { AppError } from "../../base/app_error.ts";
import type { ChosenProvider } from "../../kernel/models/choose_provider.ts";
import type { ModelPort } from "../../kernel/ports.ts";
import type { Form } from "../start/code_base.ts";

/** A provider's compartment, seen by the number of its calls and not of its starts. */
export interface ProviderThread {
  /** Speaks to the service; starts the thread where it does not run. */
  readonly port: ModelPort;
  /** Loads it before it is needed. */
  start(): void;
  /** Ends it with its network; calls under way fail. The next call starts it again. */
  stop(): void;
  /** Next requests open a new connection. */
  freshConnection(): Promise<void>;
}

/** The thread of a provider, not started yet; null for the built-in assistant, which needs none. */
export function providerThread(
  { choice, key }: Pick<ChosenProvider, "choice" | "key">,
  form: Form,
): ProviderThread | null {
  const { name, protocol, traits, baseUrl, keySource } = choice;
  if (protocol === "builtin") return null;
  let running: { client: ModelClient; end(): void } | null = null;
  const start = (): ModelClient => {
    if (running) return running.client;
    const thread = startThread(modelSpec(name, baseUrl), form);
    const client = createModelClient(thread.client);
    // No other thread gets the key.
    const configured = client.configure({
      name,
      protocol,
      traits,
      baseUrl,
      apiKey: key,
      keySource,
    });
    configured.catch(() => {
      // The first call reports it: a closed compartment ends its stream with a failure.
    });
    running = {
      client,
      end: () => thread.stop(new AppError("provider.stopped", "the model's thread was ended")),
    };
    return client;
  };
  return {
    port: { stream: (request, options) => start().stream(request, options) },
    start: () => void start(),
    stop() {
      running?.end();
      running = null;
    },
    async freshConnection() {
      await running?.client.freshConnection();
    },
  };
}
