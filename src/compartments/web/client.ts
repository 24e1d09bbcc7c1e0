import type { Client } from "../wire.ts";
import type { WebAnswer } from "../../model/cells/web.ts";
import { type ConnectParams, exchangeAnswer, type ExchangeParams } from "./api.ts";

/** The kernel's side of a `web` thread. */
export interface WebClient {
  /** One request. @throws {AppError} Family `web`. */
  exchange(params: ExchangeParams, signal: AbortSignal): Promise<WebAnswer>;
  /** Makes a connection and closes it. @throws {AppError} Family `web`. */
  connect(params: ConnectParams, signal: AbortSignal): Promise<void>;
}

/** The kernel's side of a `web` thread. */
export function createWebClient(client: Client): WebClient {
  return {
    exchange: async (params, signal) =>
      exchangeAnswer().parse(await client.call("exchange", params, { signal })),
    async connect(params, signal) {
      await client.call("connect", params, { signal });
    },
  };
}
