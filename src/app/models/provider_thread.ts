/** The thread of one provider: started when it is needed, ended at a cap, started again. */
import { modelSpec } from "./ask_service.ts";
import { createModelClient, type ModelClient } from "../../compartments/models/client.ts";
import { startThread } from "../../compartments/start.ts";
import { AppError } from "../../base/app_error.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { withLogin } from "../../kernel/models/calls/with_login.ts";
import type { ModelPort } from "../../kernel/ports.ts";
import type { Form } from "../start/code_base.ts";
import { setupWithKey, setupWithLogin } from "./setup.ts";

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
  { choice, key, login }: Pick<ChosenProvider, "choice" | "key" | "login">,
  form: Form,
): ProviderThread | null {
  const { name, protocol, baseUrl } = choice;
  if (protocol === "builtin") return null;
  const service = { choice, key, login };
  let running: { client: ModelClient; token: string | null; end(): void } | null = null;
  const start = () => {
    if (running) return running;
    const thread = startThread(modelSpec(name, baseUrl), form);
    const client = createModelClient(thread.client);
    // No other thread gets the key. Where a login pays, its token comes with the first call; till
    // then the thread loads its SDK.
    const configured = client.configure(setupWithKey(service, protocol));
    configured.catch(() => {
      // The first call reports it: a closed compartment ends its stream with a failure.
    });
    running = {
      client,
      token: null,
      end: () => thread.stop(new AppError("provider.stopped", "the model's thread was ended")),
    };
    return running;
  };
  const port: ModelPort = {
    stream: (request, options) => start().client.stream(request, options),
  };
  return {
    port: login === null ? port : withLogin(port, {
      mend: login.mend,
      async prepare(refused) {
        const setup = await setupWithLogin({ ...service, login }, protocol, refused);
        const thread = start();
        if (setup.apiKey !== thread.token) await thread.client.configure(setup);
        thread.token = setup.apiKey;
        return setup.apiKey;
      },
    }),
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
