/** The thread of the HTTP API: it may listen on one address, and has a hash of the token. */
import { AppError } from "../../base/app_error.ts";
import { type ApiClient, createApiClient } from "../../compartments/api/client.ts";
import { startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import type { CodeBase } from "../../compartments/start.ts";

/** Where it listens, as the table of compartments needs it. */
export function apiRow({ hostname, port }: { hostname: string; port: number }): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Starts it. It does not listen yet. */
export function startApiThread(
  address: { hostname: string; port: number },
  form: CodeBase,
): { readonly client: ApiClient; stop(): void } {
  const running = startThread(compartment({ ...NO_INPUTS, api: apiRow(address) }, "api")!, form);
  return {
    client: createApiClient(running.client),
    stop: () => running.stop(new AppError("api.ended", "The HTTP API was ended")),
  };
}
