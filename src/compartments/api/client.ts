import type { Client } from "../wire.ts";
import { type ApiEvent, apiEvent, type ApiReply, type ServeParams } from "./api.ts";

/** The kernel's end of the `api` thread. */
export interface ApiClient {
  /**
   * Listens until the signal aborts. `onEvent` must not throw.
   *
   * @throws {AppError} `api.taken`, `api.address`: it cannot listen there.
   */
  serve(
    params: ServeParams,
    onEvent: (event: ApiEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Answers a request, or goes on with its answer. One that is gone is no error. */
  reply(reply: ApiReply): void;
}

/** The kernel's end of the `api` thread. */
export function createApiClient(client: Client): ApiClient {
  return {
    async serve(params, onEvent, signal) {
      await client.call("serve", params, {
        signal,
        onEvent: (event) => onEvent(apiEvent().parse(event)),
      });
    },
    reply: (reply) => client.tell("reply", reply),
  };
}
