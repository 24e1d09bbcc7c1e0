/** What the daemon runs for programs: the HTTP API with its tasks, and webhooks. */
import { type ApiServiceParts, createApiServices } from "./services.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";
import type { ProcessStart } from "../start/process.ts";
import type { AppError } from "../../base/app_error.ts";
import type { Supervisor } from "../../daemon/supervisor.ts";
import type { TurnEvent } from "../../kernel/ports.ts";

/** Their names. */
const NAMES = ["api", "tasks", "webhooks"] as const;

/** See {@linkcode createProgramServices}. */
export interface ProgramServices {
  /** To be told of each event of each turn, for webhooks. */
  onEvent(event: TurnEvent): void;
  /** Starts them by the configuration as it is; where their part of it is as it was, nothing is done. */
  settle(): Promise<void>;
}

/** Makes them. */
export function createProgramServices(
  parts: Omit<ApiServiceParts, "webhooks"> & {
    readonly supervisor: Supervisor;
    /** Told what is configured and does not run. */
    problems(all: readonly AppError[]): void;
  },
): ProgramServices {
  const { ward, supervisor } = parts;
  let settled: string | null = null;
  let webhooks: Webhooks | null = null;
  return {
    onEvent: (event) => webhooks?.onEvent(event),
    async settle() {
      const start = parts.start();
      const key = keyOf(start);
      if (key === settled) return;
      for (const name of NAMES) await supervisor.end(name);
      const made = webhooks = createWebhooks(ward, start);
      parts.problems(made.problems);
      for (const service of createApiServices({ ...parts, webhooks: made })) {
        await supervisor.start(service);
      }
      settled = key;
    },
  };
}

/** What of the configuration they are made of. */
function keyOf({ settings, apiToken, webhookSecrets }: ProcessStart): string {
  const { daemon, webhooks, web } = settings;
  return JSON.stringify([
    daemon.api,
    daemon.conversations,
    apiToken?.value,
    webhooks,
    webhookSecrets,
    web.hosts,
  ]);
}
