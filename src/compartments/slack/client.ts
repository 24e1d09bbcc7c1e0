import type { SlackOutcome } from "../../model/services/slack.ts";
import type { Client } from "../wire.ts";
import { callOutcome, type CallParams } from "./api.ts";

/** The kernel's side of a `slack` thread. */
export interface SlackClient {
  /** One call. @throws {AppError} Family `slack`. */
  call(params: CallParams, signal: AbortSignal): Promise<SlackOutcome>;
}

/** The kernel's side of a `slack` thread. */
export function createSlackClient(client: Client): SlackClient {
  return {
    call: async (params, signal) =>
      callOutcome().parse(await client.call("call", params, { signal })),
  };
}
